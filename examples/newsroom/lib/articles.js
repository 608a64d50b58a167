import { slugOf, textOf } from "./text.js"

export const tags = ["business", "council", "culture", "food", "nature", "schools", "sport", "town", "transport", "weather"]

/** What the collection takes, from what the form of an article sends. */
export const valuesOf = (form) => {
    const values = {
        title: form.title,
        slug: textOf(form.slug) || slugOf(textOf(form.title)),
        summary: form.summary,
        body: form.body,
        alt: form.alt,
        // One ticked box comes as a text, several as an array, none not at all.
        tags: [form.tags ?? []].flat(),
    }
    // A field that was left empty keeps the picture that is there.
    if (form.image) values.image = form.image
    if (form.removeImage) values.image = ""
    return values
}

/** A time that the API takes as `published`. */
export const now = () => new Date().toISOString()
