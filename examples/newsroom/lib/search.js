// Characters that no article holds stand around what was found, so that the template decides how it looks and still
// escapes everything else.
export const hitStart = "\u0002"
export const hitEnd = "\u0003"

/** What somebody typed as a query of FTS5: each word in quotes, as the beginning of a word. No operators. */
export const matchOf = (text) => (text.normalize("NFC").match(/[\p{L}\p{N}]+/gu) ?? []).slice(0, 12).map((word) => `"${word}"*`).join(" ")

/** A marked text as a list of `{ text, isHit }`. */
export const piecesOf = (marked) => marked.split(hitStart).flatMap((part, index) => {
    if (index === 0) return [{ text: part, isHit: false }]
    const [hit, ...rest] = part.split(hitEnd)
    return [{ text: hit, isHit: true }, { text: rest.join(""), isHit: false }]
}).filter(({ text }) => text)
