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

const selectorOf = (form) => form.dataset.enhance || (document.querySelector("main") ? "main" : "body")

/** Sends a form and shows what comes back. */
export const submit = async (form, submitter) => {
    const data = new FormData(form, submitter)
    const method = (submitter?.getAttribute("formmethod") ?? form.method).toUpperCase()
    const url = new URL(submitter?.getAttribute("formaction") ?? form.action, location.href)
    const options = { method, headers: { Accept: "text/html" } }
    if (method === "GET") url.search = new URLSearchParams(data).toString()
    else options.body = form.enctype === "multipart/form-data" ? data : new URLSearchParams(data)
    form.setAttribute("aria-busy", "true")
    try {
        const response = await fetch(url, options)
        if (!/^text\/html/.test(response.headers.get("content-type") ?? "")) throw new TypeError("no page came back")
        const page = parse(await response.text())
        if (response.redirected || method === "GET") history.pushState(null, "", response.url)
        if (!replace(page, selectorOf(form))) location.assign(response.url)
    } catch {
        // The browser can still do it.
        form.removeAttribute("data-enhance")
        form.requestSubmit(submitter ?? undefined)
    } finally {
        form.removeAttribute("aria-busy")
    }
}

document.addEventListener("submit", (event) => {
    const form = event.target
    if (event.defaultPrevented || !form.matches("form[data-enhance]") || form.target && form.target !== "_self") return
    const url = new URL(event.submitter?.getAttribute("formaction") ?? form.action, location.href)
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
