// Forms and other constructors (js-hooks.md, 31).

class RecordUpsertForm {
    #app
    #record
    #access = "default"
    #loaded = {}
    constructor(app, record) { [this.#app, this.#record] = [app, record] }
    setApp(app) { this.#app = app }
    setRecord(record) { this.#record = record }
    setContext() {}
    grantManagerAccess() { this.#access = "manager" }
    grantSuperuserAccess() { this.#access = "superuser" }
    resetAccess() { this.#access = "default" }
    hasManageAccess() { return this.#access !== "default" }
    load(members) {
        Object.assign(this.#loaded, members)
        const hidden = new Set(this.#access === "superuser" ? [] : this.#record.collection().fields.filter((field) => field.hidden && field.name !== "password").map((field) => field.name))
        for (const key of Object.keys(members)) if (!hidden.has(key.replace(/^\+|[+-]$/g, "")) && !["passwordConfirm", "oldPassword"].includes(key)) this.#record.set(key, members[key])
    }
    submit() { native.submitForm(this.#app, this.#record, JSON.stringify(this.#loaded), this.#access !== "default") }
    drySubmit(check) {
        const undo = new Error("dry run")
        try {
            this.#app.runInTransaction((app) => {
                native.submitForm(app, this.#record, JSON.stringify(this.#loaded), this.#access !== "default")
                check?.(app, this.#record)
                throw undo
            })
        } catch (error) {
            if (error !== undo) throw error
        }
    }
}

class AppleClientSecretCreateForm {
    constructor() { Object.assign(this, { clientId: "", teamId: "", keyId: "", privateKey: "", duration: 0 }) }
    [absorb](members) { Object.assign(this, members) }
    submit() { return native.appleSecret(JSON.stringify(this)) }
}

class TestEmailSendForm {
    constructor() { Object.assign(this, { email: "", template: "", collection: "" }) }
    [absorb](members) { Object.assign(this, members) }
    submit() { native.testMail(JSON.stringify(this)) }
}

class TestS3FilesystemForm {
    constructor() { Object.assign(this, { filesystem: "" }) }
    [absorb](members) { Object.assign(this, members) }
    submit() { native.testFilesystem(String(this.filesystem)) }
}
