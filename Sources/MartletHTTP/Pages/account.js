// The pages that mails and providers send people to. What a page is for stands in the fragment, which browsers keep to
// themselves: #/auth/confirm-verification/TOKEN.

const form = document.getElementById("form")
const root = new URL("../", location.href)

const say = text => { document.getElementById("status").textContent = text }
const head = text => { document.title = document.getElementById("title").textContent = text }

/** Which collection a token is of. The server checks the token; this only finds its address. */
function collectionOf(token) {
  try {
    return JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"))).collectionId ?? "unknown"
  } catch {
    return "unknown"
  }
}

async function post(path, body, token) {
  const headers = { "Content-Type": "application/json" }
  if (token) headers.Authorization = token
  const answer = await fetch(new URL(path, root), { method: "POST", headers, body: JSON.stringify(body) })
  if (answer.ok) return
  const problem = await answer.json()
  const error = new Error(Object.values(problem.data ?? {})[0]?.message ?? problem.message)
  error.status = answer.status
  throw error
}

const confirm = (step, token, more = {}) =>
  post(`api/collections/${encodeURIComponent(collectionOf(token))}/${step}`, { token, ...more })

/** Asks for what a step needs; `fields` are [name, label, type, autocomplete]. */
function ask(fields, button, send) {
  for (const [name, text, type, autocomplete] of fields) {
    const label = document.createElement("label"), input = document.createElement("input")
    Object.assign(input, { name, type, autocomplete, required: true })
    label.append(text, input)
    form.append(label)
  }
  const submit = document.createElement("button")
  submit.textContent = button
  form.append(submit)
  form.hidden = false
  form.onsubmit = async event => {
    event.preventDefault()
    submit.disabled = true
    try {
      say(await send(Object.fromEntries(new FormData(form))))
      form.hidden = true
    } catch (error) {
      say(error.message)
    }
    submit.disabled = false
  }
}

const password = ["password", "Password", "password", "current-password"]
const newPassword = [["password", "New password", "password", "new-password"], ["passwordConfirm", "The same again", "password", "new-password"]]

const pages = {
  async "auth/confirm-verification"(token) {
    head("Verify your email address")
    await confirm("confirm-verification", token)
    say("Your email address is verified. You can close this window.")
  },
  "auth/confirm-password-reset"(token) {
    head("Choose a new password")
    ask(newPassword, "Change the password", async values => {
      await confirm("confirm-password-reset", token, values)
      return "Your password is changed. You can sign in with it now."
    })
  },
  "auth/confirm-email-change"(token) {
    head("Change your email address")
    ask([password], "Change the address", async values => {
      await confirm("confirm-email-change", token, values)
      return "Your email address is changed. You can sign in with it now."
    })
  },
  "auth/oauth2-redirect-success"() {
    head("Signed in")
    say("You can close this window and go back to the app.")
    window.close()
  },
  "auth/oauth2-redirect-failure"() {
    head("Not signed in")
    say("The sign-in did not work. Close this window and try again.")
  },
  pbinstall(token) {
    head("Make the first superuser")
    ask([["email", "Email", "email", "username"], ...newPassword], "Make the superuser", async values => {
      try {
        await post("api/collections/_superusers/records", values, token)
      } catch (error) {
        throw error.status == 403 || error.status == 401 ? new Error("The link is over. Start the server again for a new one.") : error
      }
      return `The superuser ${values.email} is made.`
    })
  },
}

const [, name, token] = location.hash.match(/^#\/(auth\/[a-z0-9-]+|pbinstall)(?:\/([\w.-]+))?$/) ?? []
if (pages[name]) {
  Promise.resolve(pages[name](token ?? "")).catch(error => say(error.message))
} else {
  say("The server is running. The dashboard is not in this version.")
}
// A link opened in the same window changes the fragment only.
window.addEventListener("hashchange", () => location.reload())
