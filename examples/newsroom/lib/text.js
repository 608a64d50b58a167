/** The paragraphs of a plain text; those that begin with ## are headings. */
export const paragraphs = (text) => text.split(/\r?\n\s*\n/).map((part) => part.trim()).filter(Boolean).map((part) =>
    part.startsWith("## ") ? { heading: part.slice(3) } : { text: part })

/** An address for a title: "Où est l'été?" becomes "ou-est-l-ete". */
export const slugOf = (title) => title.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase()
    .replace(/[^a-z0-9]+/g, "-").slice(0, 80).replace(/^-|-$/g, "")

/** What a field of a form holds, without blanks around it; one may be missing. */
export const textOf = (value) => String(value ?? "").trim()
