// What makes pages livelier. Everything works without it.
//
//   <script type="module" src="/_/martlet.js"></script>
//   <form method="post" data-enhance>              is sent without loading the page anew
//   <section id="comments" data-live="comments/*"> follows the events of a topic

const parse = (html) => new DOMParser().parseFromString(html, "text/html")

/** Puts what a new page has in the place of what this one has. */
const replace = (page, selector) => {
    const [now, next] = [document.querySelector(selector), page.querySelector(selector)]
    if (!now || !next) return false
    now.replaceWith(document.adoptNode(next))
    if (page.title) document.title = page.title
    start()
    return true
}

const selectorOf = (form) => form.getAttribute("data-enhance") || (document.querySelector("main") ? "main" : "body")

/** An attribute as the button or the form has it. (A control may have the name of a property.) */
const attribute = (form, submitter, name) => submitter?.getAttribute(`form${name}`) ?? form.getAttribute(name)

const send = async (form, submitter) => {
    const data = new FormData(form, submitter)
    const method = (attribute(form, submitter, "method") ?? "get").toUpperCase()
    const url = new URL(attribute(form, submitter, "action") || location.href, location.href)
    const options = { method, headers: { Accept: "text/html" } }
    if (method === "GET") url.search = new URLSearchParams(data).toString()
    else options.body = attribute(form, submitter, "enctype") === "multipart/form-data" ? data : new URLSearchParams(data)
    return [method, await fetch(url, options)]
}

/** Puts new tokens into the forms of a page that is older than its visitor's session. */
const renew = async () => {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } })
    const token = response.ok && parse(await response.text()).querySelector('input[name="_csrf"]')?.value
    if (!token) return false
    for (const input of document.querySelectorAll('input[name="_csrf"]')) input.value = token
    return true
}

/** Shows where the answer is. */
const focus = (url) => {
    const target = url.hash && document.getElementById(decodeURIComponent(url.hash.slice(1)))
    const place = target || document.querySelector('[aria-invalid="true"], [role="alert"], [role="status"]')
    if (!place) return
    if (!place.matches("a, button, input, select, textarea, [tabindex]")) place.setAttribute("tabindex", "-1")
    place.focus({ preventScroll: true })
    place.scrollIntoView({ block: "nearest" })
}

/** Sends a form and shows what comes back. */
export const submit = async (form, submitter) => {
    form.setAttribute("aria-busy", "true")
    try {
        let [method, response] = await send(form, submitter)
        if (response.status === 403 && await renew()) [method, response] = await send(form, submitter)
        if (!/^text\/html/.test(response.headers.get("content-type") ?? "")) throw new TypeError("no page came back")
        const page = parse(await response.text())
        if (response.redirected || method === "GET") history.pushState(null, "", response.url)
        if (replace(page, selectorOf(form))) focus(new URL(response.url))
        else if (method === "GET") location.assign(response.url)
        else throw new TypeError("the page has nothing to show there")
    } catch {
        // The browser can still do it.
        form.removeAttribute("data-enhance")
        HTMLFormElement.prototype.requestSubmit.call(form, submitter ?? undefined)
    } finally {
        form.removeAttribute("aria-busy")
    }
}

document.addEventListener("submit", (event) => {
    const form = event.target
    if (event.defaultPrevented || !form.matches("form[data-enhance]")) return
    if (!["", "_self", null].includes(attribute(form, event.submitter, "target"))) return
    const url = new URL(attribute(form, event.submitter, "action") || location.href, location.href)
    if (url.origin !== location.origin) return
    event.preventDefault()
    submit(form, event.submitter)
})
addEventListener("popstate", () => location.reload())

// MARK: live fragments

let source = null
let topics = ""
let pending = null

const fragments = () => Array.from(document.querySelectorAll("[data-live][id]"))
const wanted = () => [...new Set(fragments().flatMap((element) => element.dataset.live.split(/\s+/).filter(Boolean)))].sort()

/** Loads the page again and takes the live fragments from it. */
export const refresh = async () => {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } })
    if (!response.ok) return
    const page = parse(await response.text())
    for (const element of fragments()) {
        const next = page.getElementById(element.id)
        if (!next || next.innerHTML === element.innerHTML || element.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) continue
        element.replaceChildren(...document.adoptNode(next).childNodes)
        element.dispatchEvent(new CustomEvent("martlet:refresh", { bubbles: true }))
    }
}

const soon = () => {
    clearTimeout(pending)
    pending = setTimeout(refresh, 50)
}

const subscribe = async (client) => {
    await fetch("/_/realtime", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ clientId: client, subscriptions: topics.split(" ") }) })
}

/** Follows the topics of the page as it is now. */
export const start = () => {
    const now = wanted().join(" ")
    if (now === topics) return
    topics = now
    source?.close()
    source = null
    if (!topics) return
    source = new EventSource("/api/realtime")
    let isFirst = true
    source.addEventListener("PB_CONNECT", async (event) => {
        await subscribe(JSON.parse(event.data).clientId)
        // Something may have happened while nobody listened.
        if (!isFirst) soon()
        isFirst = false
    })
    for (const topic of topics.split(" ")) source.addEventListener(topic, soon)
}

start()
