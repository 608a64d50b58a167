// Types of what Martlet gives to scripts: to hook files (*.pb.js), to migrations, and to the server scripts of pages.
//
// Martlet writes this file into the data folder; what is changed here does not last. Editors find it by a line at the top of
// a script:
//
//     /// <reference path="../pb_data/types.d.ts" />          or, by what the data folder is called,
//     /// <reference path="../martlet_data/types.d.ts" />
//
// It needs no other library than the language's own ("lib": ["esnext"] in tsconfig.json or jsconfig.json, and "types": []).
// Where an editor loads the library of browsers as well, what both have (fetch, URL, Response, ...) is taken from there; some
// of that is then offered although the server does not have it.
//
// The names are those of PocketBase's JSVM. What Martlet has beyond it is marked with "Martlet:" below. Which names do
// their full work is said in docs/scripts-compatibility.md.
//
// Two types have other names than their constructors, because TypeScript and browsers use those already:
// `new Record(…)` makes a RecordModel, `new RequestInfo(…)` a RequestInfoModel.

// ---- Kinds of values -----------------------------------------------------------------------------------------------------

/** Bytes as the server hands them out; `toString(bytes)` is their text. */
type Bytes = Uint8Array

/** What is taken where bytes are wanted: text counts as UTF-8. */
type BytesLike = string | number[] | Uint8Array | ArrayBuffer | Reader

/** A length of time: a number of nanoseconds with methods. Where one is asked for, a plain number will do. */
type Duration = number & DurationMembers

/** A collection, its name, or its id. */
type CollectionRef = Collection | string

/** Named values for the `{:name}` of an SQL text or a filter. */
interface Params { [name: string]: any }

/** What becomes of what a handler returns: an error counts as thrown, all else is dropped. Martlet: promises are waited for. */
type HandlerResult = void | ApiError | GoError | ValidationError | Promise<void | ApiError | GoError | ValidationError>

/** Something that is read once, from its start to its end. */
interface Reader {
    readAll(limit?: number): Bytes
    /** Fills the target and returns the count; throws a GoError `EOF` at the end. */ read(target: number[] | Uint8Array): number
    close(): void
}

/** Something that takes content piece by piece. */
interface Writer { write(content: BytesLike): number; close(): void }

/** A place on the earth, in degrees. */
interface GeoPoint { lon: number; lat: number }

/** What can be stored with `$app.save()`. */
interface Model {
    tableName(): string; /** The primary key. */ pk(): any
    /** The primary key in the database, empty before the first save. */ lastSavedPK(): any
    isNew(): boolean; markAsNew(): void; markAsNotNew(): void
}

// ---- Routes --------------------------------------------------------------------------------------------------------------

/** Answers a request. It sees none of the variables around it; what it shares is in modules and in `$app.store()`. */
type RouteHandler = (e: RequestEvent) => HandlerResult

/** A handler or middleware of the server's own, as functions of `$apis` return it. */
interface NativeHandler { readonly kind: string; readonly options: any[] }

/** A function, its source, a Middleware, or what `$apis.require…()` and the like return. */
type MiddlewareLike = RouteHandler | string | Middleware | NativeHandler
type HTTPMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS" | (string & {})

/** Adds a route; `{name}` in the path is one segment, `{name...}` the rest. Martlet: handlers may be async. */
declare function routerAdd(
    method: HTTPMethod, path: string, handler: RouteHandler | string | NativeHandler, ...middlewares: MiddlewareLike[]
): void

/** Adds middlewares for all routes; each goes on with `e.next()`. */
declare function routerUse(...middlewares: MiddlewareLike[]): void

/** A middleware with its place in the order: lower priorities run earlier, and an id that is taken replaces. */
declare class Middleware {
    constructor(handler: RouteHandler | string | NativeHandler, priority?: number, id?: string)
    func: RouteHandler | string | NativeHandler; priority: number; id: string
}

/** Middlewares and helpers of the record API. Migrations do not have them. */
declare var $apis: {
    requireGuestOnly(): NativeHandler
    /** Lets signed-in records pass, of the collections that are named or of all. */
    requireAuth(...collections: string[]): NativeHandler; requireSuperuserAuth(): NativeHandler
    /** Lets superusers pass, and the record whose id is the path's parameter. */
    requireSuperuserOrOwnerAuth(pathParameter?: string): NativeHandler; /** 0 is no limit. */ bodyLimit(bytes: number): NativeHandler
    gzip(): NativeHandler; skipSuccessActivityLog(): NativeHandler
    /** Serves files for a path that ends in `{path...}`; with the fallback, index.html stands for what is not there. */
    static(folder: string | FileSystemRoot, indexFallback?: boolean): NativeHandler
    /** Answers as a sign-in does; an empty method skips the second factor and the alert. */
    recordAuthResponse(e: RequestEvent, record: RecordModel, authMethod?: string, meta?: any): void
    /** Expands a record and leaves out what the visitor may not see. */
    enrichRecord(e: RequestEvent, record: RecordModel, ...expands: string[]): void
    enrichRecords(e: RequestEvent, records: RecordModel[], ...expands: string[]): void
}

// ---- Hooks ---------------------------------------------------------------------------------------------------------------
// They exist while a file is loaded, as routerAdd and routerUse do. Tags are names or ids of collections (of tables, for
// models); a handler with tags runs for these only. Martlet: handlers may be async; inside of `runInTransaction` nothing can
// be waited for.

type HookHandler<E extends HookEvent> = (e: E) => HandlerResult
type MailHandler<Meta extends object> = HookHandler<MailerRecordEvent<Meta>>

// The application
/** The database is there after `e.next()`. */
declare function onBootstrap(handler: HookHandler<HookEvent>): void
declare function onBootstrapClear(handler: HookHandler<HookEvent>): void
declare function onTerminate(handler: HookHandler<TerminateEvent>): void
/** The new settings are there after `e.next()`. */
declare function onSettingsReload(handler: HookHandler<HookEvent>): void
declare function onBackupCreate(handler: HookHandler<BackupEvent>): void
declare function onBackupRestore(handler: HookHandler<BackupEvent>): void

// Mails
/** Every mail. */
declare function onMailerSend(handler: HookHandler<MailerEvent>): void
declare function onMailerRecordAuthAlertSend(handler: MailHandler<{ info: string }>, ...tags: string[]): void
declare function onMailerRecordPasswordResetSend(handler: MailHandler<{ token: string }>, ...tags: string[]): void
declare function onMailerRecordVerificationSend(handler: MailHandler<{ token: string }>, ...tags: string[]): void
declare function onMailerRecordEmailChangeSend(handler: MailHandler<{ token: string, newEmail: string }>, ...tags: string[]): void
declare function onMailerRecordOTPSend(handler: MailHandler<{ otpId: string, password: string }>, ...tags: string[]): void

// Realtime
/** A client has connected; what stands after `e.next()` runs when it has gone. */
declare function onRealtimeConnectRequest(handler: HookHandler<RealtimeConnectEvent>): void
/** A client asks for topics; the list may be changed. */
declare function onRealtimeSubscribeRequest(handler: HookHandler<RealtimeSubscribeEvent>): void
/** A message is about to go to a client; it may be changed. */
declare function onRealtimeMessageSend(handler: HookHandler<RealtimeMessageEvent>): void

// Records: each stage runs around the ones inside of it, the After… ones when a transaction is over.
/** A record is about to be shown in an answer or a realtime message. */
declare function onRecordEnrich(handler: HookHandler<RecordEnrichEvent>, ...tags: string[]): void
declare function onRecordValidate(handler: HookHandler<RecordEvent>, ...tags: string[]): void
/** Around checking and storing. */
declare function onRecordCreate(handler: HookHandler<RecordEvent>, ...tags: string[]): void
/** Around storing, after the checks. */
declare function onRecordCreateExecute(handler: HookHandler<RecordEvent>, ...tags: string[]): void
declare function onRecordAfterCreateSuccess(handler: HookHandler<RecordEvent>, ...tags: string[]): void
declare function onRecordAfterCreateError(handler: HookHandler<RecordErrorEvent>, ...tags: string[]): void
declare function onRecordUpdate(handler: HookHandler<RecordEvent>, ...tags: string[]): void
declare function onRecordUpdateExecute(handler: HookHandler<RecordEvent>, ...tags: string[]): void
declare function onRecordAfterUpdateSuccess(handler: HookHandler<RecordEvent>, ...tags: string[]): void
declare function onRecordAfterUpdateError(handler: HookHandler<RecordErrorEvent>, ...tags: string[]): void
declare function onRecordDelete(handler: HookHandler<RecordEvent>, ...tags: string[]): void
declare function onRecordDeleteExecute(handler: HookHandler<RecordEvent>, ...tags: string[]): void
declare function onRecordAfterDeleteSuccess(handler: HookHandler<RecordEvent>, ...tags: string[]): void
declare function onRecordAfterDeleteError(handler: HookHandler<RecordErrorEvent>, ...tags: string[]): void

// Collections
declare function onCollectionValidate(handler: HookHandler<CollectionEvent>, ...tags: string[]): void
declare function onCollectionCreate(handler: HookHandler<CollectionEvent>, ...tags: string[]): void
declare function onCollectionCreateExecute(handler: HookHandler<CollectionEvent>, ...tags: string[]): void
declare function onCollectionAfterCreateSuccess(handler: HookHandler<CollectionEvent>, ...tags: string[]): void
declare function onCollectionAfterCreateError(handler: HookHandler<CollectionErrorEvent>, ...tags: string[]): void
declare function onCollectionUpdate(handler: HookHandler<CollectionEvent>, ...tags: string[]): void
declare function onCollectionUpdateExecute(handler: HookHandler<CollectionEvent>, ...tags: string[]): void
declare function onCollectionAfterUpdateSuccess(handler: HookHandler<CollectionEvent>, ...tags: string[]): void
declare function onCollectionAfterUpdateError(handler: HookHandler<CollectionErrorEvent>, ...tags: string[]): void
declare function onCollectionDelete(handler: HookHandler<CollectionEvent>, ...tags: string[]): void
declare function onCollectionDeleteExecute(handler: HookHandler<CollectionEvent>, ...tags: string[]): void
declare function onCollectionAfterDeleteSuccess(handler: HookHandler<CollectionEvent>, ...tags: string[]): void
declare function onCollectionAfterDeleteError(handler: HookHandler<CollectionErrorEvent>, ...tags: string[]): void

// All that is stored: records, collections, settings, rows of the log
declare function onModelValidate(handler: HookHandler<ModelEvent>, ...tags: string[]): void
declare function onModelCreate(handler: HookHandler<ModelEvent>, ...tags: string[]): void
declare function onModelCreateExecute(handler: HookHandler<ModelEvent>, ...tags: string[]): void
declare function onModelAfterCreateSuccess(handler: HookHandler<ModelEvent>, ...tags: string[]): void
declare function onModelAfterCreateError(handler: HookHandler<ModelErrorEvent>, ...tags: string[]): void
declare function onModelUpdate(handler: HookHandler<ModelEvent>, ...tags: string[]): void
declare function onModelUpdateExecute(handler: HookHandler<ModelEvent>, ...tags: string[]): void
declare function onModelAfterUpdateSuccess(handler: HookHandler<ModelEvent>, ...tags: string[]): void
declare function onModelAfterUpdateError(handler: HookHandler<ModelErrorEvent>, ...tags: string[]): void
declare function onModelDelete(handler: HookHandler<ModelEvent>, ...tags: string[]): void
declare function onModelDeleteExecute(handler: HookHandler<ModelEvent>, ...tags: string[]): void
declare function onModelAfterDeleteSuccess(handler: HookHandler<ModelEvent>, ...tags: string[]): void
declare function onModelAfterDeleteError(handler: HookHandler<ModelErrorEvent>, ...tags: string[]): void

// Requests of the record API
/** After the query, before the answer. */
declare function onRecordsListRequest(handler: HookHandler<RecordsListRequestEvent>, ...tags: string[]): void
declare function onRecordViewRequest(handler: HookHandler<RecordRequestEvent>, ...tags: string[]): void
/** The submitted values are in the record, unchecked. */
declare function onRecordCreateRequest(handler: HookHandler<RecordRequestEvent>, ...tags: string[]): void
declare function onRecordUpdateRequest(handler: HookHandler<RecordRequestEvent>, ...tags: string[]): void
declare function onRecordDeleteRequest(handler: HookHandler<RecordRequestEvent>, ...tags: string[]): void

/** Every sign-in of any kind, after the hook of its kind and before the second factor. */
declare function onRecordAuthRequest(handler: HookHandler<RecordAuthRequestEvent>, ...tags: string[]): void
declare function onRecordAuthRefreshRequest(handler: HookHandler<RecordRequestEvent>, ...tags: string[]): void
/** Also where nobody was found: another record may be put in. */
declare function onRecordAuthWithPasswordRequest(handler: HookHandler<RecordAuthWithPasswordRequestEvent>, ...tags: string[]): void
declare function onRecordAuthWithOAuth2Request(handler: HookHandler<RecordAuthWithOAuth2RequestEvent>, ...tags: string[]): void
declare function onRecordAuthWithOTPRequest(handler: HookHandler<RecordAuthWithOTPRequestEvent>, ...tags: string[]): void
/** Also for addresses that nobody has. */
declare function onRecordRequestOTPRequest(handler: HookHandler<RecordCreateOTPRequestEvent>, ...tags: string[]): void
declare function onRecordRequestPasswordResetRequest(handler: HookHandler<RecordRequestEvent>, ...tags: string[]): void
declare function onRecordConfirmPasswordResetRequest(handler: HookHandler<RecordRequestEvent>, ...tags: string[]): void
declare function onRecordRequestVerificationRequest(handler: HookHandler<RecordRequestEvent>, ...tags: string[]): void
declare function onRecordConfirmVerificationRequest(handler: HookHandler<RecordRequestEvent>, ...tags: string[]): void
declare function onRecordRequestEmailChangeRequest(handler: HookHandler<RecordEmailChangeRequestEvent>, ...tags: string[]): void
declare function onRecordConfirmEmailChangeRequest(handler: HookHandler<RecordEmailChangeRequestEvent>, ...tags: string[]): void

// Other requests
declare function onBatchRequest(handler: HookHandler<BatchRequestEvent>): void
declare function onFileDownloadRequest(handler: HookHandler<FileDownloadRequestEvent>, ...tags: string[]): void
declare function onFileTokenRequest(handler: HookHandler<FileTokenRequestEvent>, ...tags: string[]): void
declare function onCollectionsListRequest(handler: HookHandler<CollectionsListRequestEvent>): void
declare function onCollectionViewRequest(handler: HookHandler<CollectionRequestEvent>): void
declare function onCollectionCreateRequest(handler: HookHandler<CollectionRequestEvent>): void
declare function onCollectionUpdateRequest(handler: HookHandler<CollectionRequestEvent>): void
declare function onCollectionDeleteRequest(handler: HookHandler<CollectionRequestEvent>): void
declare function onCollectionsImportRequest(handler: HookHandler<CollectionsImportRequestEvent>): void
declare function onSettingsListRequest(handler: HookHandler<SettingsListRequestEvent>): void
declare function onSettingsUpdateRequest(handler: HookHandler<SettingsUpdateRequestEvent>): void

// ---- Events --------------------------------------------------------------------------------------------------------------

/** What every hook is given. */
interface HookEvent {
    /** The application; in a transaction, its own. What is put here counts for what is inside of `e.next()`. */ app: App
    /** Lets the work go on, and throws what goes wrong there. Without it nothing is done. */ next(): void | Promise<void>
    /** What the handler's tags are compared with. */ tags(): string[]
}
interface TerminateEvent extends HookEvent { isRestart: boolean }
interface BackupEvent extends HookEvent {
    readonly context: Context; name: string
    /** What is left out of the data folder. */ exclude: string[]
}
interface MailerEvent extends HookEvent {
    readonly mailer: Mailer
    /** May be changed before `e.next()`. */ readonly message: MailerMessage
}
interface MailerRecordEvent<Meta extends object = { [name: string]: any }> extends MailerEvent { record: RecordModel; meta: Meta }
type ModelEventType = "create" | "update" | "delete" | "validate"
interface ModelEvent<M extends Model = Model> extends HookEvent { model: M; readonly context: Context; readonly type: ModelEventType }
interface ModelErrorEvent<M extends Model = Model> extends ModelEvent<M> { /** Why it failed. */ readonly error: HostError }
interface RecordEvent extends ModelEvent<RecordModel> { record: RecordModel }
interface RecordErrorEvent extends ModelErrorEvent<RecordModel> { record: RecordModel }
interface RecordEnrichEvent extends HookEvent {
    record: RecordModel; /** Of the request that is answered. */ readonly requestInfo: RequestInfoModel
}
interface CollectionEvent extends ModelEvent<Collection> { collection: Collection }
interface CollectionErrorEvent extends ModelErrorEvent<Collection> { collection: Collection }
interface RealtimeConnectEvent extends RequestEvent {
    readonly client: RealtimeClient; get idleTimeout(): Duration; set idleTimeout(value: number); get maxTimeout(): Duration
    set maxTimeout(value: number)
}
interface RealtimeSubscribeEvent extends RequestEvent { readonly client: RealtimeClient; subscriptions: string[] }
interface RealtimeMessageEvent extends RequestEvent { readonly client: RealtimeClient; message: SubscriptionMessage }

/** The numbers of a list; what it lists is beside them. */
interface ListNumbers { page: number; perPage: number; totalItems: number; totalPages: number }
interface RecordsListRequestEvent extends RequestEvent { collection: Collection; records: RecordModel[]; result: ListNumbers }
interface RecordRequestEvent extends RequestEvent { collection: Collection; record: RecordModel }

/** A request that may have found nobody. */
interface MaybeRecordRequestEvent extends RequestEvent { collection: Collection; record: RecordModel | null }
interface RecordAuthRequestEvent extends RecordRequestEvent {
    token: string; meta: any; readonly authMethod: "password" | "oauth2" | "otp" | "" | (string & {})
}
interface RecordAuthWithPasswordRequestEvent extends MaybeRecordRequestEvent {
    identity: string; identityField: string; password: string
}
interface RecordAuthWithOAuth2RequestEvent extends MaybeRecordRequestEvent {
    readonly providerName: string; readonly providerClient: ProviderClient; oAuth2User: OAuth2User
    /** What a new record is made of. */ createData: { [field: string]: any }; readonly isNewRecord: boolean
}
/** What a script sets is its own copy's. Martlet: without the secret. */
interface ProviderClient {
    name(): string; logo(): string; displayName(): string; setDisplayName(name: string): void
    clientId(): string; setClientId(id: string): void; redirectURL(): string; setRedirectURL(url: string): void
    authURL(): string; setAuthURL(url: string): void; tokenURL(): string; setTokenURL(url: string): void
    userInfoURL(): string; setUserInfoURL(url: string): void; pkce(): boolean; setPKCE(isOn: boolean): void
    scopes(): string[]; setScopes(scopes: string[]): void; extra(): { [name: string]: any }; setExtra(extra: { [name: string]: any }): void
    fetchRawUserInfo(token: { accessToken: string, tokenType?: string }): Uint8Array
}
interface OAuth2User {
    id: string; name: string; username: string; email: string; avatarURL: string; accessToken: string; refreshToken: string
    expiry: string; /** What the provider says. */ rawUser: { [name: string]: any }
}
interface RecordAuthWithOTPRequestEvent extends RecordRequestEvent { otp: OTP }
interface RecordCreateOTPRequestEvent extends MaybeRecordRequestEvent { /** The code that is sent. */ password: string }
interface RecordEmailChangeRequestEvent extends RecordRequestEvent { newEmail: string }
interface BatchRequestEvent extends RequestEvent {
    batch: { method: string, url: string, headers: { [name: string]: string }, body: { [name: string]: any } }[]
}
interface FileDownloadRequestEvent extends RecordRequestEvent {
    /** The options of the field. */ readonly fileField: FileFieldOptions & { type: "file" }; servedPath: string; servedName: string
    /** Why the original is sent instead of a thumb; null where it is not. */ readonly thumbError: any
}
interface FileTokenRequestEvent extends RequestEvent { record: RecordModel; token: string }
interface CollectionsListRequestEvent extends RequestEvent { collections: CollectionData[]; result: ListNumbers }
interface CollectionRequestEvent extends RequestEvent { collection: Collection }
interface CollectionsImportRequestEvent extends RequestEvent { collectionsData: { [name: string]: any }[]; deleteMissing: boolean }
interface SettingsListRequestEvent extends RequestEvent { settings: SettingsData }
interface SettingsUpdateRequestEvent extends RequestEvent { readonly oldSettings: SettingsData; newSettings: SettingsData }

// ---- Requests and answers ------------------------------------------------------------------------------------------------

/** What routes, middlewares and hooks of requests are given. */
interface RequestEvent extends HookEvent {
    /** Martlet: there in hooks of requests as well. */ readonly request: HTTPRequest
    readonly response: HTTPResponse; readonly requestEvent: RequestEvent
    /** Who is signed in. A middleware may put somebody here. */ auth: RecordModel | null

    hasSuperuserAuth(): boolean
    /** The parts of the request that rules see, the body among them. */ requestInfo(): RequestInfoModel
    /** A value that belongs to this request; null where there is none. */ get(key: string): any
    set(key: string, value: any): void; getAll(): { [key: string]: any }; setAll(values: { [key: string]: any }): void
    /** The address of the connection. */ remoteIP(): string
    /** The address of the visitor, by the settings for proxies. */ realIP(): string
    isTLS(): boolean; /** Whether there is an answer yet. */ written(): boolean
    /** The status of the answer, 0 before there is one. */ status(): number
    flush(): void

    /** Reads the body into a DynamicModel or another object of the server. */ bindBody(target: object): void
    /** Throws where there is no such file. */ findUploadedFiles(key: string): StoredFile[]

    /** The parameter `fields` of the request picks from what is sent. */ json(status: number, data: any): void
    string(status: number, text: string): void; html(status: number, html: string): void; xml(status: number, data: any): void
    blob(status: number, contentType: string, content: BytesLike): void
    stream(status: number, contentType: string, reader: BytesLike): void; fileFS(root: string | FileSystemRoot, name: string): void
    noContent(status: number): void; redirect(status: number, url: string): void
    setCookie(cookie: Cookie | Partial<CookieMembers>): void

    /** These make an error, to be thrown or returned. */ error(status: number, message?: string, data?: ErrorData): ApiError
    badRequestError(message?: string, data?: ErrorData): BadRequestError
    unauthorizedError(message?: string, data?: ErrorData): UnauthorizedError
    forbiddenError(message?: string, data?: ErrorData): ForbiddenError
    notFoundError(message?: string, data?: ErrorData): NotFoundError
    tooManyRequestsError(message?: string, data?: ErrorData): TooManyRequestsError
    internalServerError(message?: string, data?: ErrorData): InternalServerError
}
interface HTTPRequest {
    readonly method: string; readonly url: RequestURL; readonly header: HTTPHeader; readonly host: string; readonly remoteAddr: string
    readonly proto: string; readonly protoMajor: number; readonly protoMinor: number
    /** -1 where it is not known. */ readonly contentLength: number; /** The pattern of the route. */ readonly pattern: string
    readonly requestURI: string; /** The body as it came. */ readonly body: Reader; readonly form: QueryValues
    /** A part of the path, by its name in the pattern; empty where there is none. */ pathValue(name: string): string
    setPathValue(name: string, value: string): void; userAgent(): string; referer(): string; cookies(): Cookie[]
    cookiesNamed(name: string): Cookie[]; /** Throws where there is none. */ cookie(name: string): Cookie
    addCookie(cookie: Cookie): void
    /** Name, password, and whether they were sent. */ basicAuth(): [string, string, boolean]
    setBasicAuth(user: string, password: string): void; parseForm(): void; parseMultipartForm(maxMemory?: number): void
    /** A field of the form, or else of the query. */ formValue(name: string): string
    postFormValue(name: string): string; formFile(name: string): [Reader, StoredFile]; multipartReader(): never; context(): Context
    withContext(context: Context): HTTPRequest; clone(context?: Context): HTTPRequest
    protoAtLeast(major: number, minor: number): boolean
}
interface HTTPResponse { header(): HTTPHeader; writeHeader(status: number): void; write(content: BytesLike): number }
interface HTTPHeader {
    /** Empty where there is none. */ get(name: string): string; values(name: string): string[]
    set(name: string, value: string): void; add(name: string, value: string): void; del(name: string): void; clone(): HTTPHeader
}

/** The address of a request. */
interface RequestURL {
    scheme: string; opaque: string; user: string | null; host: string; path: string; rawPath: string; rawQuery: string
    fragment: string; rawFragment: string; omitHost: boolean; forceQuery: boolean; query(): QueryValues; escapedPath(): string
    escapedFragment(): string; hostname(): string; port(): string; isAbs(): boolean; /** Path and query. */ requestURI(): string
    parse(reference: string): RequestURL; resolveReference(reference: RequestURL): RequestURL
    joinPath(...parts: string[]): RequestURL; clone(): RequestURL; string(): string; /** Without the password. */ redacted(): string
}
interface QueryValues {
    /** The first value, or empty text. */ get(name: string): string; has(name: string): boolean
    add(name: string, value: string): void; set(name: string, value: string): void; del(name: string): void; encode(): string
    clone(): QueryValues
}
interface RequestInfoMembers {
    context: "default" | "expand" | "realtime" | "protectedFile" | "batch" | "oauth2" | "otp" | "password" | (string & {})
    method: string
    /** The first value of each parameter. */ query: { [name: string]: string }
    /** By names in lower case with `_` for `-`. */ headers: { [name: string]: string }
    body: { [name: string]: any }; auth: RecordModel | null
}
interface RequestInfoModel extends RequestInfoMembers { hasSuperuserAuth(): boolean; clone(): RequestInfoModel }
declare var RequestInfo: { new (members?: Partial<RequestInfoMembers>): RequestInfoModel; readonly prototype: RequestInfoModel }

interface CookieMembers {
    name: string; value: string; path: string; domain: string; expires: DateTime | Time | Date | string | null
    /** Seconds; negative deletes the cookie. */ maxAge: number
    secure: boolean; httpOnly: boolean
    /** 1 is the browser's default, 2 Lax, 3 Strict, 4 None. */ sameSite: number
    partitioned: boolean; quoted: boolean
}
interface Cookie extends CookieMembers {}
declare class Cookie {
    constructor(members?: Partial<CookieMembers>)
    /** As the header Set-Cookie has it; empty where the name is not valid. */ string(): string
    valid(): void
}
declare class Context {
    constructor(parent?: Context | null, key?: any, value?: any); value(key: any): any; err(): any; done(): any
    deadline(): [Time, boolean]
}

// ---- Errors --------------------------------------------------------------------------------------------------------------

/** What is wrong, by name: ValidationErrors, or more of the kind. */
interface ErrorData { [name: string]: any }

/** An error with an answer of its own; those below have a status each. It is no instance of Error. */
declare class ApiError {
    constructor(status?: number, message?: string, data?: ErrorData); status: number; message: string; data: { [name: string]: any }
}
declare class BadRequestError extends ApiError { constructor(message?: string, data?: ErrorData) }
declare class UnauthorizedError extends ApiError { constructor(message?: string, data?: ErrorData) }
declare class ForbiddenError extends ApiError { constructor(message?: string, data?: ErrorData) }
declare class NotFoundError extends ApiError { constructor(message?: string, data?: ErrorData) }
declare class TooManyRequestsError extends ApiError { constructor(message?: string, data?: ErrorData) }
declare class InternalServerError extends ApiError { constructor(message?: string, data?: ErrorData) }

/** What is wrong with one value, for the data of an ApiError. */
declare class ValidationError { constructor(code?: string, message?: string); code: string; message: string }

/** What functions of the server throw. */
declare class GoError extends Error {
    constructor(message?: string, value?: any)
    /** The error itself: an ApiError, messages by field, or null. */ value: any
}

/** Why something has failed, as events tell it. */
interface HostError { readonly message: string; error(): string; toString(): string }

// ---- The application -----------------------------------------------------------------------------------------------------

/** In a handler that of its event, and so of its transaction. Migrations are given theirs. */
declare var $app: App

type QueryChange = (query: SelectQuery) => void
type ExpandFetch = (collection: Collection, ids: string[]) => RecordModel[]

/** All methods throw a GoError where they fail. */
interface App {
    // State and services
    dataDir(): string; isDev(): boolean; isBootstrapped(): boolean; isTransactional(): boolean
    /** The name of the environment variable with the key of the settings. */ encryptionEnv(): string
    /** The same application, which runs no hooks. */ unsafeWithoutHooks(): App
    /** To be changed and saved: `$app.save(settings)`. */ settings(): Settings
    /** What all scripts of the process share. */ store(): Store
    cron(): Cron; subscriptionsBroker(): RealtimeBroker; newMailClient(): Mailer
    /** Where files of records are. To be closed. */ newFilesystem(): Filesystem
    newBackupsFilesystem(): Filesystem; logger(): Logger
    /** The transaction, or null outside of one. */ txInfo(): TransactionInfo | null
    reloadSettings(): void; reloadCachedCollections(): void; createBackup(context: Context, name: string): void
    restoreBackup(context: Context, name: string): void; restart(): void; bootstrap(): void; clearBootstrap(): void
    /** @deprecated clearBootstrap() */ resetBootstrapState(): void
    runSystemMigrations(): void; runAppMigrations(): void; runAllMigrations(): void; readonly rootCmd: RootCommand

    // Databases
    db(): Builder; concurrentDB(): Builder; nonconcurrentDB(): Builder; /** The database of the logs. */ auxDB(): Builder
    auxConcurrentDB(): Builder; auxNonconcurrentDB(): Builder
    /** Commits when the function returns, and rolls back when it throws. It cannot be async. */
    runInTransaction(body: (txApp: App) => void): void; auxRunInTransaction(body: (txApp: App) => void): void; vacuum(): void
    auxVacuum(): void

    // Tables and views
    hasTable(name: string): boolean; auxHasTable(name: string): boolean; tableColumns(name: string): string[]
    tableInfo(name: string): TableColumn[]
    /** The SQL of each index by its name. */ tableIndexes(name: string): { [index: string]: string }
    deleteTable(name: string): void; deleteView(name: string): void; saveView(name: string, select: string): void
    /** The fields that a view of this query would have. */ createViewFields(select: string): FieldsList
    dryRunView(select: string, sampleSize?: number): { fields: FieldsList, sample: { [column: string]: any }[] }
    findRecordByViewFile(view: CollectionRef, field: string, filename: string): RecordModel

    // Models
    /** Checks and stores. */ save(model: Model): void; saveWithContext(context: Context, model: Model): void
    saveNoValidate(model: Model): void; saveNoValidateWithContext(context: Context, model: Model): void; validate(model: Model): void
    validateWithContext(context: Context, model: Model): void; delete(model: Model): void
    deleteWithContext(context: Context, model: Model): void; auxSave(model: Model): void
    auxSaveWithContext(context: Context, model: Model): void; auxSaveNoValidate(model: Model): void
    auxSaveNoValidateWithContext(context: Context, model: Model): void; auxDelete(model: Model): void
    auxDeleteWithContext(context: Context, model: Model): void; modelQuery(model: Model): SelectQuery
    auxModelQuery(model: Model): SelectQuery

    // Collections
    findAllCollections(...types: CollectionType[]): Collection[]; findCollectionByNameOrId(nameOrId: string): Collection
    /** Not to be changed. */ findCachedCollectionByNameOrId(nameOrId: string): Collection
    /** The relation fields that lead to a collection, by the collection that has them. Martlet: a Map that can be looped over. */
    findCollectionReferences(collection: Collection, ...excludedIds: string[]): Map<Collection, RelationField[]>
    findCachedCollectionReferences(collection: Collection, ...excludedIds: string[]): Map<Collection, RelationField[]>
    isCollectionNameUnique(name: string, ...excludedIds: string[]): boolean
    /** Deletes all records. */ truncateCollection(collection: Collection): void
    importCollections(collections: object[], deleteMissing?: boolean): void
    importCollectionsByMarshaledJSON(json: BytesLike, deleteMissing?: boolean): void
    syncRecordTableSchema(newCollection: Collection, oldCollection?: Collection | null): void; collectionQuery(): SelectQuery

    // Records: what is to be found and is not there throws.
    recordQuery(collection: CollectionRef): SelectQuery
    findRecordById(collection: CollectionRef, id: string, ...changes: QueryChange[]): RecordModel
    /** Those that there are. */ findRecordsByIds(collection: CollectionRef, ids: string[], ...changes: QueryChange[]): RecordModel[]
    findAllRecords(collection: CollectionRef, ...expressions: (DBExpression | null)[]): RecordModel[]
    findFirstRecordByData(collection: CollectionRef, field: string, value: any): RecordModel
    /** A filter as in rules, with `{:name}` for values. 0 is no limit. */
    findRecordsByFilter(
        collection: CollectionRef, filter: string, sort?: string, limit?: number, offset?: number, ...params: Params[]
    ): RecordModel[]
    findFirstRecordByFilter(collection: CollectionRef, filter: string, ...params: Params[]): RecordModel
    countRecords(collection: CollectionRef, ...expressions: (DBExpression | null)[]): number
    findAuthRecordByToken(token: string, ...types: TokenType[]): RecordModel
    findAuthRecordByEmail(collection: CollectionRef, email: string): RecordModel
    /** Whether a rule lets a request at a record; a rule that is null lets superusers. */
    canAccessRecord(record: RecordModel, info: RequestInfoModel, rule: string | null): boolean
    /** Returns what did not work, by path. */
    expandRecord(record: RecordModel, paths: string[], fetch?: ExpandFetch | null): { [path: string]: unknown }
    expandRecords(records: RecordModel[], paths: string[], fetch?: ExpandFetch | null): { [path: string]: unknown }

    // What accounts have beside them
    findAllExternalAuthsByRecord(record: RecordModel): ExternalAuth[]
    findAllExternalAuthsByCollection(collection: Collection): ExternalAuth[]
    findFirstExternalAuthByExpr(expression: DBExpression): ExternalAuth; deleteAllExternalAuthsByRecord(record: RecordModel): void
    findAllMFAsByRecord(record: RecordModel): MFA[]; findAllMFAsByCollection(collection: Collection): MFA[]
    findMFAById(id: string): MFA; deleteAllMFAsByRecord(record: RecordModel): void; deleteExpiredMFAs(): void
    findAllOTPsByRecord(record: RecordModel): OTP[]; findAllOTPsByCollection(collection: Collection): OTP[]
    findOTPById(id: string): OTP; deleteAllOTPsByRecord(record: RecordModel): void; deleteExpiredOTPs(): void
    findAllAuthOriginsByRecord(record: RecordModel): AuthOrigin[]
    findAllAuthOriginsByCollection(collection: Collection): AuthOrigin[]; findAuthOriginById(id: string): AuthOrigin
    findAuthOriginByRecordAndFingerprint(record: RecordModel, fingerprint: string): AuthOrigin
    deleteAllAuthOriginsByRecord(record: RecordModel): void

    // Logs
    logQuery(): SelectQuery; findLogById(id: string): LogEntry
    logsStats(expression?: DBExpression | null): { date: string, total: number }[]
    deleteOldLogs(before: DateTime | Time | Date | string): void
}
type TokenType = "auth" | "file" | "verification" | "passwordReset" | "emailChange"
interface TransactionInfo {
    /** Runs after the commit with null, after a rollback with the reason. */ onComplete(handler: (error: any) => void): void
}
interface TableColumn { pk: number; index: number; name: string; type: string; notNull: boolean; defaultValue: any }
interface LogEntry {
    id: string; created: string
    /** -4 debug, 0 info, 4 warn, 8 error. */ level: number
    message: string; data: { [name: string]: any }
}

// ---- Records -------------------------------------------------------------------------------------------------------------

/** The constructor; the type of a record is RecordModel. */
declare var Record: {
    new (collection?: CollectionRef | null, data?: { [field: string]: any }): RecordModel; readonly prototype: RecordModel
}
interface RecordModel extends Model {
    id: string; collection(): Collection; /** Id and name of the collection. */ hookTags(): string[]; baseFilesPath(): string
    isSuperuser(): boolean; /** As it was when it was read. */ original(): RecordModel
    /** A copy of the stored values only. */ fresh(): RecordModel
    clone(): RecordModel

    // Values
    /** null where there is no such field. JSON fields give bytes, dates a DateTime; `name:unsaved` gives new files. */
    get(name: string): any; getRaw(name: string): any; getBool(name: string): boolean; getString(name: string): string
    getInt(name: string): number; getInt64(name: string): number; getFloat(name: string): number; getDateTime(name: string): DateTime
    getGeoPoint(name: string): GeoPoint; getStringSlice(name: string): string[]
    /** Files that the next save stores. */ getUnsavedFiles(name: string): StoredFile[]
    /** @deprecated getUnsavedFiles() */ getUploadedFiles(name: string): StoredFile[]
    /** With `name+`, `+name`, `name-` and `name:autogenerate`. What is no field becomes custom data. */
    set(name: string, value: any): void; setRaw(name: string, value: any): void
    /** The field, or null where there is none. */ setIfFieldExists(name: string, value: any): Field | null
    load(data: { [name: string]: any }): void
    /** Reads a JSON field into an object. */ unmarshalJSONField(name: string, target: object): void
    findFileFieldByFile(filename: string): FileField | null; fieldsData(): { [field: string]: any }
    customData(): { [name: string]: any }
    /** What the modifiers of the data come to. */ replaceModifiers(data: { [name: string]: any }): { [field: string]: any }

    // Related records
    expand(): { [field: string]: RecordModel | RecordModel[] }; setExpand(expand: { [field: string]: any }): void
    mergeExpand(expand: { [field: string]: any }): void; expandedOne(field: string): RecordModel | null
    expandedAll(field: string): RecordModel[]

    // How it is shown
    withCustomData(state: boolean): RecordModel; ignoreEmailVisibility(state: boolean): RecordModel
    /** Whether saving writes changed fields only. */ ignoreUnchangedFields(state: boolean): RecordModel
    hide(...fields: string[]): RecordModel; unhide(...fields: string[]): RecordModel; publicExport(): { [field: string]: any }
    dbExport(app?: App): { [column: string]: any }; marshalJSON(): Bytes; unmarshalJSON(data: BytesLike): void; toJSON(): any

    // Accounts
    email(): string; setEmail(email: string): void; emailVisibility(): boolean; setEmailVisibility(visible: boolean): void
    verified(): boolean; setVerified(verified: boolean): void; tokenKey(): string; setTokenKey(key: string): void
    /** Ends all tokens. */ refreshTokenKey(): void; setPassword(password: string): void
    /** Returns the password. */ setRandomPassword(): string; validatePassword(password: string): boolean; newAuthToken(): string
    /** A token that is not renewed; nanoseconds, 0 for what the collection says. */ newStaticAuthToken(duration?: number): string
    newVerificationToken(): string; newPasswordResetToken(): string; newEmailChangeToken(newEmail: string): string
    newFileToken(): string
}

/** A row of a table that belongs to accounts. */
interface AccountRow extends RecordModel {
    collectionRef(): string; setCollectionRef(id: string): void; recordRef(): string; setRecordRef(id: string): void
    created(): DateTime; updated(): DateTime; proxyRecord(): RecordModel
}
interface ExternalAuth extends AccountRow {
    provider(): string; setProvider(name: string): void; providerId(): string; setProviderId(id: string): void
}
interface MFA extends AccountRow { method(): string; setMethod(method: string): void; hasExpired(duration: number): boolean }
interface OTP extends AccountRow { sentTo(): string; setSentTo(address: string): void; hasExpired(duration: number): boolean }
interface AuthOrigin extends AccountRow { fingerprint(): string; setFingerprint(fingerprint: string): void }

// ---- Collections and fields ----------------------------------------------------------------------------------------------

type CollectionType = "base" | "auth" | "view"

/** null: superusers only; empty: everybody; else who the filter lets. */
type Rule = string | null
interface MailTemplate { subject: string; body: string }
interface TokenOptions { /** Seconds. */ duration: number; secret?: string }
interface OAuth2Provider {
    name: string; clientId: string; clientSecret?: string; authURL: string; tokenURL: string; userInfoURL: string; displayName: string
    pkce: boolean | null; extra: { [name: string]: any } | null
}

/** The members of a collection that are data. */
interface CollectionData {
    id: string; name: string; type: CollectionType; system: boolean; created: string; updated: string; listRule: Rule; viewRule: Rule
    createRule: Rule; updateRule: Rule; deleteRule: Rule; fields: Field[]; /** As SQL. */ indexes: string[]

    // Of views
    viewQuery: string

    // Of accounts
    authRule: Rule; manageRule: Rule; authAlert: { enabled: boolean, emailTemplate: MailTemplate }
    oauth2: {
        enabled: boolean; mappedFields: { id: string, name: string, username: string, avatarURL: string }; providers: OAuth2Provider[]
    }
    passwordAuth: { enabled: boolean, identityFields: string[] }; mfa: { enabled: boolean, duration: number, rule: string }
    otp: { enabled: boolean, duration: number, length: number, emailTemplate: MailTemplate }; authToken: TokenOptions
    passwordResetToken: TokenOptions; emailChangeToken: TokenOptions; verificationToken: TokenOptions; fileToken: TokenOptions
    verificationTemplate: MailTemplate; resetPasswordTemplate: MailTemplate; confirmEmailChangeTemplate: MailTemplate
}

/** Objects may be given in part. */
type PartsOf<T> = T extends any[] ? T : T extends object ? { [K in keyof T]?: PartsOf<T[K]> } : T
type CollectionOptions = PartsOf<Omit<CollectionData, "fields">> & { fields?: FieldInput[] | FieldsList }
interface Collection extends CollectionData { fields: FieldsList }
declare class Collection implements Model {
    constructor(options?: CollectionOptions); tableName(): string; pk(): string; lastSavedPK(): string; isNew(): boolean
    markAsNew(): void; markAsNotNew(): void; hookTags(): string[]; baseFilesPath(): string; isBase(): boolean; isAuth(): boolean
    isView(): boolean
    /** Whether saving checks more than the database does. */ integrityChecks(enable: boolean): void
    /** The SQL of an index, or empty text. */ getIndex(name: string): string
    addIndex(name: string, unique: boolean, columns: string, where?: string): void; removeIndex(name: string): void; string(): string
    dbExport(app?: App): { [column: string]: any }; marshalJSON(): Bytes; unmarshalJSON(data: BytesLike): void
}
interface FieldsList extends Array<Field> {
    /** A field with the id or the name of one that is there takes its place. */ add(...fields: Field[]): void
    /** Puts fields at a position, or moves them there. */ addAt(position: number, ...fields: Field[]): void
    addMarshaledJSON(json: BytesLike): void; addMarshaledJSONAt(position: number, json: BytesLike): void
    getById<F extends Field = Field>(id: string): F | null; getByName<F extends Field = Field>(name: string): F | null
    removeById(id: string): void; removeByName(name: string): void; fieldNames(): string[]; asMap(): { [name: string]: Field }
    clone(): FieldsList; string(): string; marshalJSON(): Bytes; unmarshalJSON(data: BytesLike): void
}
declare var FieldsList: { new (fields?: FieldInput[]): FieldsList; readonly prototype: FieldsList }

interface FieldOptions {
    id: string; name: string; system: boolean; /** Superusers only see it. */ hidden: boolean; presentable: boolean; help: string
}
interface RequirableOptions extends FieldOptions { required: boolean }
interface TextFieldOptions extends RequirableOptions {
    min: number; /** 0 is 5000. */ max: number; pattern: string; autogeneratePattern: string; primaryKey: boolean
}
interface NumberFieldOptions extends RequirableOptions { min: number | null; max: number | null; onlyInt: boolean }
interface DomainFieldOptions extends RequirableOptions { onlyDomains: string[]; exceptDomains: string[] }
interface EditorFieldOptions extends RequirableOptions { maxSize: number; convertURLs: boolean }
interface DateFieldOptions extends RequirableOptions { min: DateTime | string; max: DateTime | string }
interface AutodateFieldOptions extends FieldOptions { onCreate: boolean; onUpdate: boolean }
interface SelectFieldOptions extends RequirableOptions { values: string[]; maxSelect: number }
interface FileFieldOptions extends RequirableOptions {
    /** Bytes. */ maxSize: number; maxSelect: number; mimeTypes: string[]; /** Sizes such as `100x100`. */ thumbs: string[]
    protected: boolean
}
interface RelationFieldOptions extends RequirableOptions {
    collectionId: string; cascadeDelete: boolean; minSelect: number; maxSelect: number
}
interface JSONFieldOptions extends RequirableOptions { maxSize: number }
interface PasswordFieldOptions extends RequirableOptions { min: number; max: number; pattern: string; /** Of bcrypt. */ cost: number }

/** The options of each type of field. */
interface FieldOptionsByType {
    text: TextFieldOptions; number: NumberFieldOptions; bool: RequirableOptions; email: DomainFieldOptions; url: DomainFieldOptions
    editor: EditorFieldOptions; date: DateFieldOptions; autodate: AutodateFieldOptions; select: SelectFieldOptions
    file: FileFieldOptions; relation: RelationFieldOptions; json: JSONFieldOptions; password: PasswordFieldOptions
    geoPoint: RequirableOptions
}

/** The type of each type of field. */
interface FieldByType {
    text: TextField; number: NumberField; bool: BoolField; email: EmailField; url: URLField; editor: EditorField; date: DateField
    autodate: AutodateField; select: SelectField; file: FileField; relation: RelationField; json: JSONField; password: PasswordField
    geoPoint: GeoPointField
}
type FieldType = keyof FieldOptionsByType

/** A field, or an object `{ type, name, … }` that describes one. */
type FieldInput = Field | { [T in FieldType]: { type: T } & Partial<FieldOptionsByType[T]> }[FieldType]
interface Field extends FieldOptions {
    type(): FieldType; getId(): string; setId(id: string): void; getName(): string; setName(name: string): void; getSystem(): boolean
    setSystem(system: boolean): void; getHidden(): boolean; setHidden(hidden: boolean): void
}

/** Makes the field that `type` says. */
declare var Field: {
    new <T extends FieldType>(options: { type: T } & Partial<FieldOptionsByType[T]>): FieldByType[T]; readonly prototype: Field
}
interface FieldConstructor<T extends FieldType> {
    new (options?: Partial<FieldOptionsByType[T]>): FieldByType[T]; readonly prototype: FieldByType[T]
}
interface TextField extends Field, TextFieldOptions {}
interface NumberField extends Field, NumberFieldOptions {}
interface BoolField extends Field, RequirableOptions {}
interface EmailField extends Field, DomainFieldOptions {}
interface URLField extends Field, DomainFieldOptions {}
interface EditorField extends Field, EditorFieldOptions {}
interface DateField extends Field, DateFieldOptions {}
interface AutodateField extends Field, AutodateFieldOptions {}
interface SelectField extends Field, SelectFieldOptions {}
interface FileField extends Field, FileFieldOptions {}
interface RelationField extends Field, RelationFieldOptions {}
interface JSONField extends Field, JSONFieldOptions {}
interface PasswordField extends Field, PasswordFieldOptions {}
interface GeoPointField extends Field, RequirableOptions {}
declare var TextField: FieldConstructor<"text">, NumberField: FieldConstructor<"number">, BoolField: FieldConstructor<"bool">
declare var EmailField: FieldConstructor<"email">, URLField: FieldConstructor<"url">, EditorField: FieldConstructor<"editor">
declare var DateField: FieldConstructor<"date">, AutodateField: FieldConstructor<"autodate">, SelectField: FieldConstructor<"select">
declare var FileField: FieldConstructor<"file">, RelationField: FieldConstructor<"relation">, JSONField: FieldConstructor<"json">
declare var PasswordField: FieldConstructor<"password">, GeoPointField: FieldConstructor<"geoPoint">

// ---- Settings ------------------------------------------------------------------------------------------------------------

interface S3Settings {
    enabled: boolean; bucket: string; region: string; endpoint: string; accessKey: string; secret?: string; forcePathStyle: boolean
}
interface RateLimitRule { label: string; audience: "" | "@guest" | "@auth"; /** Seconds. */ duration: number; maxRequests: number }
interface SettingsData {
    meta: { appName: string; appURL: string; senderName: string; senderAddress: string; hideControls: boolean; accentColor: string }
    smtp: {
        enabled: boolean; host: string; port: number; username: string; password?: string; authMethod: "" | "PLAIN" | "LOGIN"
        tls: boolean; localName: string
    }
    s3: S3Settings; backups: { cron: string, cronMaxKeep: number, s3: S3Settings }
    batch: { enabled: boolean, maxRequests: number, timeout: number, maxBodySize: number }
    logs: { maxDays: number, minLevel: number, logIP: boolean, logAuthId: boolean, maxDataSize: number }
    rateLimits: { enabled: boolean, rules: RateLimitRule[], excludedIPs: string[] }
    trustedProxy: { headers: string[], useLeftmostIP: boolean }; superuserIPs: string[]
}
interface Settings extends SettingsData, Model {
    merge(other: Settings): void; clone(): Settings; string(): string; dbExport(app?: App): { [column: string]: any }
    marshalJSON(): Bytes
}

// ---- The database --------------------------------------------------------------------------------------------------------

/** A part of a statement, with its values. */
interface DBExpression { build(params: Params): string }
interface LikeExpression extends DBExpression {
    /** What to write for what, in pairs. */ escape(...pairs: string[]): LikeExpression
    /** Whether there may be more text before and behind. */ match(left: boolean, right: boolean): LikeExpression
}
declare var $dbx: {
    /** SQL with `{:name}` for values. */ exp(sql: string, ...params: Params[]): DBExpression
    /** Equality of all; lists mean IN, null means IS NULL. */ hashExp(pairs: { [column: string]: any }): DBExpression
    not(expression: DBExpression): DBExpression; and(...expressions: (DBExpression | null)[]): DBExpression
    or(...expressions: (DBExpression | null)[]): DBExpression; in(column: string, ...values: any[]): DBExpression
    notIn(column: string, ...values: any[]): DBExpression; like(column: string, ...values: string[]): LikeExpression
    orLike(column: string, ...values: string[]): LikeExpression; notLike(column: string, ...values: string[]): LikeExpression
    orNotLike(column: string, ...values: string[]): LikeExpression; exists(expression: DBExpression): DBExpression
    notExists(expression: DBExpression): DBExpression; between(column: string, from: any, to: any): DBExpression
    notBetween(column: string, from: any, to: any): DBExpression
}

/** What `$app.db()` returns. */
interface Builder {
    /** `[[column]]` and `{{table}}` in the text are quoted, `{:name}` stands for values. */ newQuery(sql: string): Query
    select(...columns: string[]): SelectQuery; insert(table: string, values: { [column: string]: any }): Query
    /** Fails: SQLite does not have it. */ upsert(table: string, values: { [column: string]: any }, ...constraints: string[]): Query
    update(table: string, values: { [column: string]: any }, where?: DBExpression | null): Query
    /** Without a condition, all rows. */ delete(table: string, where?: DBExpression | null): Query
    createTable(table: string, columns: { [column: string]: string }, ...options: string[]): Query
    renameTable(from: string, to: string): Query; dropTable(table: string): Query; truncateTable(table: string): Query
    addColumn(table: string, column: string, type: string): Query; dropColumn(table: string, column: string): Query
    renameColumn(table: string, from: string, to: string): Query
    createIndex(table: string, name: string, ...columns: string[]): Query
    createUniqueIndex(table: string, name: string, ...columns: string[]): Query; dropIndex(table: string, name: string): Query
    /** This and the four below fail: SQLite does not have them. */ alterColumn(table: string, column: string, type: string): Query
    addPrimaryKey(table: string, name: string, ...columns: string[]): Query; dropPrimaryKey(table: string, name: string): Query
    addForeignKey(
        table: string, name: string, columns: string[], foreignColumns: string[], foreignTable: string, ...options: string[]
    ): Query
    dropForeignKey(table: string, name: string): Query; quote(text: string): string; quoteSimpleTableName(name: string): string
    quoteSimpleColumnName(name: string): string; generatePlaceholder(index: number): string; queryBuilder(): Builder
}

/** What runs a statement and reads its rows. */
interface QueryRun {
    /** Reads the first row into a model; throws where there is none. */ one(target: object): void
    /** Reads all rows into what `arrayOf(model)` has made. */ all(target: any[]): void
    /** Reads the columns of the first row. */ row(...targets: any[]): void
    /** Reads the first column of all rows into `arrayOf("")` and the like. */ column(target: any[]): void
    rows(): Rows
}
interface Query extends QueryRun {
    bind(params: Params): Query; execute(): { rowsAffected(): number, lastInsertId(): number }; sql(): string; params(): Params
    prepare(): Query; close(): void; context(): Context | null; withContext(context: Context): Query
}
interface SelectQuery extends QueryRun {
    select(...columns: string[]): SelectQuery; andSelect(...columns: string[]): SelectQuery; distinct(distinct: boolean): SelectQuery
    selectOption(option: string): SelectQuery; from(...tables: string[]): SelectQuery
    where(expression: DBExpression | null): SelectQuery; andWhere(expression: DBExpression): SelectQuery
    orWhere(expression: DBExpression): SelectQuery
    /** With a type such as `LEFT JOIN`. */ join(type: string, table: string, on: DBExpression | null): SelectQuery
    innerJoin(table: string, on: DBExpression): SelectQuery; leftJoin(table: string, on: DBExpression): SelectQuery
    rightJoin(table: string, on: DBExpression): SelectQuery; orderBy(...columns: string[]): SelectQuery
    andOrderBy(...columns: string[]): SelectQuery; groupBy(...columns: string[]): SelectQuery
    andGroupBy(...columns: string[]): SelectQuery; having(expression: DBExpression): SelectQuery
    andHaving(expression: DBExpression): SelectQuery; orHaving(expression: DBExpression): SelectQuery
    union(query: Query): SelectQuery; unionAll(query: Query): SelectQuery; limit(count: number): SelectQuery
    offset(count: number): SelectQuery; bind(params: Params): SelectQuery; andBind(params: Params): SelectQuery
    /** SQL before and behind the statement. */ preFragment(sql: string): SelectQuery
    postFragment(sql: string): SelectQuery; build(): Query; /** Reads the row with an id. */ model(id: string, target: object): void
    info(): { [part: string]: any }; context(): Context | null; withContext(context: Context): SelectQuery
}
interface Rows {
    next(): boolean; close(): void; columns(): string[]
    /** Puts `{ string, valid }` for each column. */ scanMap(target: { [column: string]: any }): void
    scanStruct(target: object): void
}

// ---- Models that scripts make, and helpers -------------------------------------------------------------------------------

/** A JSON object of a DynamicModel. */
interface JSONMap { [key: string]: any; get(key: string): any; set(key: string, value: any): void }
type ModelMember<T> = T extends any[] ? any[] : T extends DateTime ? DateTime : T extends object ? JSONMap : T

/** By the names of the shape; a first letter in upper case is in lower case on the model. */
type DynamicModel<T = any> = { [K in keyof T]: ModelMember<T[K]> }

/** Something to read rows and bodies into: the values of the shape say the types, `-0` a number with a fraction. */
declare var DynamicModel: { new <T extends object>(shape: T): DynamicModel<T>; readonly prototype: DynamicModel }

/** An array for `all()` and `column()`. */
declare function arrayOf<T>(model: T): T[]

// For the shape of a DynamicModel, where the database may have NULL.

declare function nullString(): string | null
declare function nullInt(): number | null
declare function nullFloat(): number | null
declare function nullBool(): boolean | null
declare function nullArray(): any[] | null
declare function nullObject(): JSONMap | null

/** Copies data into an object of the server, such as a collection, as its JSON would be read. */
declare function unmarshal(data: any, target: object): void

/** The text of bytes, readers, dates and plain values, the JSON of others. 0 bytes is 16 MiB. */
declare function toString(value: any, maxBytes?: number): string
declare function toBytes(value: any, maxBytes?: number): Bytes
/** @deprecated toString() */
declare function readerToString(reader: Reader, maxBytes?: number): string

/** Blocks for some milliseconds. Martlet: `await new Promise((go) => setTimeout(go, ms))` holds no thread. */
declare function sleep(milliseconds: number): void

// ---- Dates ---------------------------------------------------------------------------------------------------------------

/** A moment as records have it: in UTC, to the millisecond. */
declare class DateTime {
    /** Now, or what the text says, in the zone where it names none. What is no date gives the zero value. */
    constructor(text?: string, timezone?: string); time(): Time; /** Nanoseconds. */ add(duration: number): DateTime
    addDate(years: number, months: number, days: number): DateTime; sub(other: DateTime): Duration; after(other: DateTime): boolean
    before(other: DateTime): boolean; equal(other: DateTime): boolean; compare(other: DateTime): number
    /** Seconds. */ unix(): number; isZero(): boolean
    /** `2026-01-31 10:11:12.000Z`; empty for the zero value. */ string(): string
    marshalJSON(): Bytes; toJSON(): string
}

/** A moment in a time zone. */
interface Time {
    add(duration: number): Time; addDate(years: number, months: number, days: number): Time; sub(other: Time | DateTime): Duration
    after(other: Time | DateTime): boolean; before(other: Time | DateTime): boolean; equal(other: Time | DateTime): boolean
    compare(other: Time | DateTime): number; isZero(): boolean; /** Year, month, day. */ date(): [number, number, number]
    year(): number; /** 1 to 12. */ month(): number; day(): number; /** 0 is Sunday. */ weekday(): number; yearDay(): number
    /** Year and week. */ isoWeek(): [number, number]; /** Hour, minute, second. */ clock(): [number, number, number]; hour(): number
    minute(): number; second(): number; nanosecond(): number; unix(): number; unixMilli(): number; unixMicro(): number
    unixNano(): number; utc(): Time; local(): Time; in(zone: Timezone): Time; location(): Timezone
    /** Name, and seconds ahead of UTC. */ zone(): [string, number]; zoneBounds(): [Time, Time]; isDST(): boolean
    truncate(duration: number): Time; round(duration: number): Time
    /** By the example of Mon Jan 2 15:04:05 2006. */ format(layout: string): string
    string(): string; toJSON(): string
}
interface DurationMembers {
    nanoseconds(): number; microseconds(): number; milliseconds(): number; seconds(): number; minutes(): number; hours(): number
    abs(): Duration; truncate(unit: number): Duration; round(unit: number): Duration; /** Such as `1h30m0s`. */ string(): string
}

/** A time zone by its IANA name, or `Local`; UTC where there is none of the name. */
declare class Timezone { constructor(name?: string); string(): string }

// ---- Cryptography and requests to other servers --------------------------------------------------------------------------

declare var $security: {
    /** Hexadecimal, as all digests here. */ md5(text: BytesLike): string
    sha256(text: BytesLike): string; sha512(text: BytesLike): string; /** HMAC. */ hs256(text: BytesLike, secret: BytesLike): string
    hs512(text: BytesLike, secret: BytesLike): string; /** In a time that does not tell. */ equal(a: BytesLike, b: BytesLike): boolean
    randomString(length: number): string; randomStringWithAlphabet(length: number, alphabet: string): string
    randomStringByRegex(pattern: string): string; pseudorandomString(length: number): string
    pseudorandomStringWithAlphabet(length: number, alphabet: string): string
    createJWT(payload: { [claim: string]: any }, key: string, seconds: number): string
    parseJWT(token: string, key: string): { [claim: string]: any }; parseUnverifiedJWT(token: string): { [claim: string]: any }
    /** AES-GCM, with a key of 16, 24 or 32 bytes. */ encrypt(data: BytesLike, key: string): string
    decrypt(text: string, key: string): string
}
interface HTTPConfig {
    url: string; method?: HTTPMethod; headers?: { [name: string]: string | number }; body?: BytesLike | number | FormData
    /** @deprecated body */ data?: object
    /** Seconds; 120 by default. */ timeout?: number
}
interface HTTPAnswer {
    statusCode: number; headers: { [name: string]: string[] }; cookies: { [name: string]: Cookie }; body: Bytes
    /** @deprecated toString(body) */ raw: string
    /** null where the body is no JSON object or array. */ json: any
}
declare var $http: {
    /** Waits for the answer and throws only where there is none. Martlet: `fetch` does not hold the thread. */
    send(config: HTTPConfig): HTTPAnswer
}

// ---- Files ---------------------------------------------------------------------------------------------------------------

/** A file on its way into a record or a filesystem. */
interface StoredFile {
    /** As it is stored. */ name: string; readonly originalName: string; readonly filename: string; readonly size: number
    readonly reader: { open(): Reader }; open(): Reader; asMap(): { [name: string]: any }
}
declare var $filesystem: {
    fileFromPath(path: string): StoredFile; fileFromBytes(content: BytesLike, name: string): StoredFile
    fileFromURL(url: string, timeoutSeconds?: number): StoredFile; fileFromMultipart(header: StoredFile): StoredFile
    local(folder: string): Filesystem
    s3(bucket: string, region: string, endpoint: string, accessKey: string, secretKey: string, forcePathStyle: boolean): Filesystem
}

/** A store of files by their keys. */
interface Filesystem {
    exists(key: string): boolean; attributes(key: string): FileAttributes; getReader(key: string): Reader
    /** @deprecated getReader() */ getFile(key: string): Reader
    getReuploadableFile(key: string, preserveName?: boolean): StoredFile
    list(prefix?: string): { key: string, size: number, modTime: Time, isDir: boolean, md5: any }[]
    isEmptyDir(folder: string): boolean; upload(content: BytesLike, key: string): void
    uploadFile(file: StoredFile, key: string): void; uploadMultipart(file: StoredFile, key: string): void
    newWriter(key: string, options?: object | null): Writer; copy(from: string, to: string): void; delete(key: string): void
    deletePrefix(prefix: string): GoError[]
    /** Answers a request with a file. */ serve(response: HTTPResponse, request: HTTPRequest, key: string, name: string): void
    /** With a size such as `100x100`. */ createThumb(from: string, to: string, size: string): void
    setContext(context: Context): void; close(): void
    /** Around writing a file, for as long as the object is there. */ onNewWriter(): HandlerChain<FileWritingEvent>
    /** Around deleting one. */ onDelete(): HandlerChain<FileEvent>
}
interface FileEvent { readonly filesystem: Filesystem; readonly fileKey: string; next(): void }
interface FileWritingEvent extends FileEvent { options: { contentType: string } }
interface HandlerChain<E> {
    bindFunc(handler: (event: E) => void): string; bind(entry: { id?: string, priority?: number, func: (event: E) => void }): string
    unbind(...ids: string[]): void; unbindAll(): void; length(): number
}
interface FileAttributes {
    size: number; contentType: string; modTime: Time; createTime: Time; md5: any; eTag: string; metadata: { [name: string]: string }
}

/** A folder, for what wants one: `$os.dirFS(path)`. */
interface FileSystemRoot { readonly path: string }
interface FileInfo {
    name(): string; size(): number; isDir(): boolean; modTime(): Time; mode(): number; type(): number; info(): FileInfo
}
type FileVisitor = (path: string, info: FileInfo | null, error: GoError | null) => void

declare var $os: {
    readonly args: string[]; cmd(name: string, ...args: string[]): Cmd
    /** @deprecated cmd() */ exec(name: string, ...args: string[]): Cmd
    exit(code?: number): never; /** Empty where it is not set. */ getenv(name: string): string; getwd(): string; tempDir(): string
    dirFS(path: string): FileSystemRoot; readFile(path: string): Bytes
    writeFile(path: string, content: BytesLike, mode?: number): void; truncate(path: string, size: number): void
    stat(path: string): FileInfo; readDir(path: string): FileInfo[]; mkdir(path: string, mode?: number): void
    /** With the folders around it. */ mkdirAll(path: string, mode?: number): void; rename(from: string, to: string): void
    remove(path: string): void; /** With all that is in it. */ removeAll(path: string): void
    /** A folder that no name leads out of. */
    openRoot(folder: string): { name(): string, open(name: string): OpenFile, fs(): FileSystemRoot, close(): void }
    openInRoot(folder: string, name: string): OpenFile
}
interface OpenFile extends Reader { name(): string }

/** A command; one that ends with another status than 0 throws. */
interface Cmd {
    path: string; args: string[]
    /** `NAME=value`; null is that of the server. */ env: string[] | null
    dir: string; run(): void; start(): void; wait(): void; output(): Bytes
    /** With what went to the error output. */ combinedOutput(): Bytes
    stdinPipe(): { write(content: BytesLike): void, close(): void }; stdoutPipe(): Reader; string(): string
}
declare var $filepath: {
    base(path: string): string; clean(path: string): string; dir(path: string): string; ext(path: string): string
    fromSlash(path: string): string; toSlash(path: string): string; isAbs(path: string): boolean; join(...parts: string[]): string
    /** Folder and file. */ split(path: string): [string, string]
    /** The paths of a list such as PATH. */ splitList(paths: string): string[]
    match(pattern: string, name: string): boolean; glob(pattern: string): string[]; rel(base: string, target: string): string
    walk(folder: string, visit: FileVisitor): void; walkDir(folder: string, visit: FileVisitor): void
}

// ---- Templates and mails -------------------------------------------------------------------------------------------------

/** Templates of Go's html/template, which escape by place; `raw` writes as it is. */
declare var $template: TemplateRegistry

interface TemplateRegistry {
    /** Martlet: the functions work. */ addFuncs(functions: { [name: string]: (...args: any[]) => any }): TemplateRegistry
    loadFiles(...paths: string[]): TemplateRenderer; loadString(text: string): TemplateRenderer
    loadFS(root: string | FileSystemRoot, ...globs: string[]): TemplateRenderer
}
interface TemplateRenderer { render(data?: any): string }
interface MailAddress { address: string; name?: string }
interface MailerMessageMembers {
    from: MailAddress; to: MailAddress[]; cc: MailAddress[]; bcc: MailAddress[]; subject: string; html: string; text: string
    headers: { [name: string]: string }; attachments: { [name: string]: BytesLike }
    /** By the name that `cid:` in the HTML says. */ inlineAttachments: { [name: string]: BytesLike }
}
interface MailerMessage extends MailerMessageMembers {}
declare class MailerMessage { constructor(members?: Partial<MailerMessageMembers>) }
interface Mailer { send(message: MailerMessage): void }

/** The mails of accounts, sent at once. */
declare var $mails: {
    sendRecordPasswordReset(app: App, record: RecordModel): void; sendRecordVerification(app: App, record: RecordModel): void
    sendRecordChangeEmail(app: App, record: RecordModel, newEmail: string): void
    sendRecordOTP(app: App, record: RecordModel, otpId: string, password: string): void
    sendRecordAuthAlert(app: App, record: RecordModel, info: string): void
}

// ---- Jobs, shared values, logs, realtime ---------------------------------------------------------------------------------

/** It sees none of the variables around it. Martlet: it may be async. */
type JobHandler = () => void

/** Minute, hour, day, month and weekday in UTC, or `@hourly` and the like. An id that is taken replaces. */
declare function cronAdd(id: string, expression: string, handler: JobHandler): void
declare function cronRemove(id: string): void

interface Cron {
    /** As cronAdd(), but throws where the expression is not valid. */ add(id: string, expression: string, handler: JobHandler): void
    mustAdd(id: string, expression: string, handler: JobHandler): void; remove(id: string): void; removeAll(): void; total(): number
    jobs(): CronJob[]; start(): void; stop(): void; hasStarted(): boolean; setInterval(duration: number): void
    setTimezone(zone: Timezone): void
}
interface CronJob { id(): string; expression(): string; run(): void }

/** Values by key, for all scripts of the process. */
interface Store<T = any> {
    /** null where there is none. */ get(key: string): T
    /** The value, and whether there is one. */ getOk(key: string): [T, boolean]
    getAll(): { [key: string]: T }
    /** What is there, or what the function makes; nobody else comes between. */ getOrSet(key: string, make: () => T): T
    has(key: string): boolean; set(key: string, value: T): void
    /** Changes a value; nobody else comes between. */ setFunc(key: string, change: (old: T) => T): void
    /** Whether it was set: not where there are as many keys already. */
    setIfLessThanLimit(key: string, value: T, limit: number): boolean; remove(key: string): void; removeAll(): void
    reset(values?: { [key: string]: T }): void; keys(): string[]; values(): T[]; length(): number
}

/** Writes to the log; names and values follow the message in turn. */
interface Logger {
    with(...pairs: any[]): Logger; withGroup(name: string): Logger; debug(message: string, ...pairs: any[]): void
    debugContext(context: Context, message: string, ...pairs: any[]): void; info(message: string, ...pairs: any[]): void
    infoContext(context: Context, message: string, ...pairs: any[]): void; warn(message: string, ...pairs: any[]): void
    warnContext(context: Context, message: string, ...pairs: any[]): void; error(message: string, ...pairs: any[]): void
    errorContext(context: Context, message: string, ...pairs: any[]): void; enabled(context?: Context, level?: number): boolean
    log(context: Context | null, level: number, message: string, ...pairs: any[]): void
}

/** The clients that listen. */
interface RealtimeBroker {
    clients(): { [id: string]: RealtimeClient }; chunkedClients(size: number): RealtimeClient[][]; totalClients(): number
    /** Throws where there is none. */ clientById(id: string): RealtimeClient; register(client: RealtimeClient): void
    /** Ends a client's connection. */ unregister(id: string): void
}
interface RealtimeClient {
    id(): string; channel(): any; subscriptions(...prefixes: string[]): { [topic: string]: any }; subscribe(...topics: string[]): void
    /** Without topics, from all. */ unsubscribe(...topics: string[]): void; hasSubscription(topic: string): boolean
    /** `auth` is the signed-in record. */ get(key: string): any; set(key: string, value: any): void; unset(key: string): void
    discard(): void; isDiscarded(): boolean; send(message: SubscriptionMessage): void
}
declare class SubscriptionMessage { constructor(members?: { name?: string, data?: BytesLike }); name: string; data: BytesLike }

// ---- Forms and commands --------------------------------------------------------------------------------------------------

/** Changes a record as a request to the API would. */
declare class RecordUpsertForm {
    constructor(app: App, record: RecordModel); load(data: { [name: string]: any }): void; submit(): void
    /** @deprecated */ drySubmit(check?: (txApp: App, record: RecordModel) => void): void
    setApp(app: App): void; setRecord(record: RecordModel): void; setContext(context: Context): void; grantManagerAccess(): void
    grantSuperuserAccess(): void; hasManageAccess(): boolean; resetAccess(): void
}
declare class AppleClientSecretCreateForm {
    constructor(app: App); clientId: string; teamId: string; keyId: string; privateKey: string; /** Seconds. */ duration: number
    /** Returns the secret. */ submit(): string
}
declare class TestEmailSendForm {
    constructor(app: App); email: string; template: "verification" | "password-reset" | "email-change" | "otp" | "login-alert" | ""
    collection: string; submit(): void
}
declare class TestS3FilesystemForm { constructor(app: App); filesystem: "storage" | "backups" | ""; submit(): void }
type CommandStep = (command: Command, args: string[]) => void | Promise<void>
interface CommandMembers {
    /** Its name, and what it takes. */ use: string; aliases: string[]; short: string; long: string; example: string
    hidden: boolean; deprecated: string; silenceUsage: boolean; disableFlagParsing: boolean
    /** Throws for words that it does not take. */ args: CommandStep
    /** Also of the commands below it that have none of their own. */ persistentPreRun: CommandStep; persistentPostRun: CommandStep
    preRun: CommandStep; run: CommandStep; postRun: CommandStep
}
interface Command extends CommandMembers {}
declare class Command {
    constructor(members?: Partial<CommandMembers> & { [name: string]: any })
    name(): string; /** The name by which it was called. */ calledAs(): string; hasAlias(name: string): boolean; commandPath(): string
    parent(): Command | null; hasParent(): boolean; root(): Command; addCommand(...commands: Command[]): void
    removeCommand(...commands: Command[]): void; commands(): Command[]; hasSubCommands(): boolean
    flags(): FlagSet; /** Those that the commands below it take as well. */ persistentFlags(): FlagSet; inheritedFlags(): FlagSet
    flag(name: string): Flag | null; markFlagRequired(name: string): void; markPersistentFlagRequired(name: string): void
    markFlagsRequiredTogether(...names: string[]): void; markFlagsOneRequired(...names: string[]): void
    markFlagsMutuallyExclusive(...names: string[]): void
    help(): void; usage(): void; usageString(): string; print(...values: any[]): void; println(...values: any[]): void
}
interface Flag {
    name: string; shorthand: string; usage: string; defValue: string; changed: boolean; hidden: boolean; deprecated: string
    value: { string(): string; type(): string; set(text: string): void }
}
/** The functions ending in `P` take a letter as well. Also of int8 to int64, uint to uint64, float32, and of their lists. */
interface FlagSet {
    string(name: string, value: string, usage: string): void; stringP(name: string, letter: string, value: string, usage: string): void
    bool(name: string, value: boolean, usage: string): void; boolP(name: string, letter: string, value: boolean, usage: string): void
    int(name: string, value: number, usage: string): void; intP(name: string, letter: string, value: number, usage: string): void
    float64(name: string, value: number, usage: string): void
    /** In nanoseconds; written as `1h30m`. */ duration(name: string, value: number, usage: string): void
    /** How often the flag is given. */ count(name: string, usage: string): void; countP(name: string, letter: string, usage: string): void
    stringSlice(name: string, value: string[], usage: string): void; stringArray(name: string, value: string[], usage: string): void
    getString(name: string): string; getBool(name: string): boolean; getInt(name: string): number; getFloat64(name: string): number
    getDuration(name: string): number; getCount(name: string): number; getStringSlice(name: string): string[]
    getStringArray(name: string): string[]; changed(name: string): boolean; set(name: string, text: string): void
    lookup(name: string): Flag | null; args(): string[]; arg(index: number): string; nArg(): number; nFlag(): number
    visit(body: (flag: Flag) => void): void; visitAll(body: (flag: Flag) => void): void; markHidden(name: string): void
    markDeprecated(name: string, message: string): void; flagUsages(): string; [name: string]: any
}
type RootCommand = Command

// ---- Modules, the console, the process -----------------------------------------------------------------------------------
// Martlet: hook files and modules may use `import` and `export` and the function `import()`.

/** The folder of hook files. */
declare var __hooks: string
/** The arguments that the server was started with. */
declare var __args: string[]
/** Of a module: its folder, its file. */
declare var __dirname: string
declare var __filename: string

interface RequireFunction {
    /** Loads a module: a path, a package of node_modules, or `console`, `process`, `buffer`, `util`. Martlet: also `url`, `crypto`. */
    (path: string): any; resolve(path: string): string | null
}
declare var require: RequireFunction

interface Console {
    log(...data: any[]): void; info(...data: any[]): void; debug(...data: any[]): void; warn(...data: any[]): void
    error(...data: any[]): void; trace(...data: any[]): void; assert(condition?: boolean, ...data: any[]): void; dir(item?: any): void
    table(data?: any): void; count(label?: string): void; countReset(label?: string): void; time(label?: string): void
    timeLog(label?: string, ...data: any[]): void; timeEnd(label?: string): void; group(...data: any[]): void; groupEnd(): void
}
declare var console: Console

/** Martlet: PocketBase has `env` only. */
declare var process: {
    readonly env: { [name: string]: string }; readonly argv: string[]; readonly platform: string; cwd(): string
    exit(code?: number): never; nextTick(callback: (...args: any[]) => void, ...args: any[]): void
    hrtime: { (): [number, number], bigint(): bigint }
}
type BufferEncoding = "utf8" | "hex" | "base64" | "base64url" | "latin1" | "binary" | "ascii"
interface Buffer extends Uint8Array {
    toString(encoding?: BufferEncoding): string; equals(other: Uint8Array): boolean; toJSON(): { type: "Buffer", data: number[] }
}

/** Martlet: PocketBase has neither isBuffer nor byteLength. */
interface BufferConstructor {
    from(text: string, encoding?: BufferEncoding): Buffer; from(bytes: ArrayLike<number> | ArrayBuffer): Buffer
    alloc(size: number, filling?: number | string): Buffer; concat(list: readonly Uint8Array[]): Buffer
    isBuffer(value: any): value is Buffer; byteLength(text: string): number; readonly prototype: Buffer
}
declare var Buffer: BufferConstructor

// ---- Migrations ----------------------------------------------------------------------------------------------------------

/** What a migration does and how it is taken back, in a transaction; only in migrations, where `$app` and `$apis` are not. */
declare function migrate(up: (app: App) => void, down?: (app: App) => void): void

// ---- Pages (Martlet) -----------------------------------------------------------------------------------------------------
//     /** @type {PageHandler} */
//     export function get({ db, query }) { … }

/** What `get`, `post`, `put`, `patch` and `delete` of a page are: what they return is what the template sees. */
type PageHandler<T extends object = { [name: string]: any }> = (page: PageContext) => PageResult<T> | Promise<PageResult<T>>
type PageResult<T extends object = { [name: string]: any }> = T | Response | PageAnswer | null | void

/** What `redirect`, `json` and `text` return, to be returned: the answer is made. */
type PageAnswer = symbol

/** `export const cache`: how long a page is kept, and the collections whose changes drop it. */
interface PageCacheRule { /** 60 by default. */ seconds?: number; tags?: string | string[] }
interface PageContext {
    /** The open parts of the path. */ params: { [name: string]: string }
    /** The first value of each parameter. */ query: { [name: string]: string }
    /** The submitted fields, files among them. */ form: { [field: string]: any }
    method: string; path: string; /** Path and query. */ url: string; /** Of 404.html and 500.html. */ error: PageProblem | null
    /** The signed-in record. */ user: PageRecord | null; auth: PageAuth; cookies: PageCookies
    /** The database, with all rights. */ readonly db: PageDatabase
    /** Records, with the rights of the visitor. */ records(collection: string): PageRecords
    /** `$app` */ app: App; event: RequestEvent

    /** A header of the request. */ header(name: string): string | null
    /** Keeps values apart from the filter: filter`title ~ ${text}`. */
    filter(texts: TemplateStringsArray, ...values: any[]): PageFilter; /** HTML that is written as it is. */ raw(html: any): RawText
    /** 303 by default. */ redirect(url: string, status?: number): PageAnswer; notFound(message?: string): never
    forbidden(message?: string): never
    /** Ends with the form shown again, and a message for each field. */
    invalid(errors: { [field: string]: string }, message?: string): never
    /** Says something on the next page that is shown; the kind is `info` by default. */ flash(text: string, kind?: string): void
    status(code: number): void; setHeader(name: string, value: string): void
    /** Answer without the template. */ json(data: any, status?: number): PageAnswer; text(text: string, status?: number): PageAnswer
    /** Drops the kept pages that have a tag. */ dropCache(tag: string): void
}
interface PageProblem { status: number; message: string }

/** A record as the API shows it. */
interface PageRecord { id: string; collectionId: string; collectionName: string; [field: string]: any }

/** Text that goes into a page as it is. */
interface RawText { readonly text: string; toString(): string }

/** A filter with its values, as `filter` makes it. */
interface PageFilter { readonly text: string; readonly parameters: { [name: string]: string } }

/** The name of a column or a table, quoted. */
interface SQLName { readonly text: string }

/** Tagged templates: what stands in `${…}` is bound as a value, a list as several, `db.name(…)` as a name. */
interface PageDatabase {
    /** All rows. */ sql<T = any>(texts: TemplateStringsArray, ...values: any[]): T[]
    /** The first row. */ one<T = any>(texts: TemplateStringsArray, ...values: any[]): T | null
    /** The first column of the first row. */ value<T = any>(texts: TemplateStringsArray, ...values: any[]): T | null
    name(name: string): SQLName
}
interface PageRecordOptions {
    expand?: string | string[]; fields?: string | string[]; /** Other parameters of the API. */ [parameter: string]: any
}
interface PageListOptions extends PageRecordOptions {
    filter?: string | PageFilter; sort?: string | string[]; page?: number | string; perPage?: number | string; skipTotal?: boolean
}

/** A collection, asked in the visitor's name; a record that is not there, or not for them, ends in the 404 page. */
interface PageRecords {
    list(options?: PageListOptions): ListNumbers & { items: PageRecord[] }
    first(filter?: string | PageFilter, options?: PageListOptions): PageRecord | null
    get(id: string, options?: PageRecordOptions): PageRecord
    create(values: { [field: string]: any }, options?: PageRecordOptions): PageRecord
    update(id: string, values: { [field: string]: any }, options?: PageRecordOptions): PageRecord; delete(id: string): void
}
interface PageAuth {
    readonly user: PageRecord | null
    /** Throws FormErrors where it is wrong; `mfaId` is there where a second factor is asked for. */
    signIn(collection: string, identity: string, password: string, options?: object): PageSignIn
    /** Takes the answer of any sign-in of the API. */ accept(answer: { token?: string, mfaId?: string }): PageSignIn
    signOut(): void
}
interface PageSignIn { user?: PageRecord | null; mfaId?: string }
interface PageCookies {
    get(name: string): string | null
    /** For the whole site, HttpOnly and Lax by default. */ set(name: string, value: string, options?: PageCookieOptions): void
    delete(name: string): void
}
interface PageCookieOptions {
    /** Seconds. */ maxAge?: number; path?: string; httpOnly?: boolean; sameSite?: "Lax" | "Strict" | "None"; secure?: boolean
}

/** What is thrown where a form is not complete; `errors` has a message for each field. */
interface FormErrors extends BadRequestError { errors: { [field: string]: string } }

/** What is always there in a template. */
interface PageTemplateNames {
    user: PageRecord | null; params: { [name: string]: string }; query: { [name: string]: string }; path: string
    /** What was typed, without passwords and files. */ form: { [field: string]: any }
    errors: { [field: string]: string }; flash: { text: string, kind: string }[]; error: PageProblem | null; raw(html: any): RawText
}

// ---- Of the web (Martlet) ------------------------------------------------------------------------------------------------

/** Asks another server. The thread does not wait for it. */
declare function fetch(input: string | URL | Request, init?: MartletWeb.RequestInit): Promise<Response>

declare function setTimeout(callback: (...args: any[]) => void, delay?: number, ...args: any[]): number
declare function setInterval(callback: (...args: any[]) => void, delay?: number, ...args: any[]): number
declare function setImmediate(callback: (...args: any[]) => void, ...args: any[]): number
declare function clearTimeout(id?: number): void
declare function clearInterval(id?: number): void
declare function queueMicrotask(callback: () => void): void
declare function structuredClone<T = any>(value: T): T
/** Base64 of characters up to U+00FF, and back. */
declare function btoa(text: string): string
declare function atob(text: string): string

interface Performance { /** Milliseconds. */ now(): number; readonly timeOrigin: number }
declare var performance: Performance

interface Crypto {
    readonly subtle: SubtleCrypto; /** At most 65536 bytes. */ getRandomValues<T extends ArrayBufferView>(target: T): T
    randomUUID(): `${string}-${string}-${string}-${string}-${string}`
}

/** Digests, HMAC, AES-GCM, and keys from passwords. */
interface SubtleCrypto {
    digest(algorithm: MartletWeb.Algo, data: MartletWeb.Buf): Promise<ArrayBuffer>
    importKey(format: "raw", data: MartletWeb.Buf, algorithm: MartletWeb.Algo, extractable: boolean, usages: string[]): Promise<CryptoKey>
    importKey(format: "jwk", data: { k?: string }, algorithm: MartletWeb.Algo, extractable: boolean, usages: string[]): Promise<CryptoKey>
    generateKey(algorithm: MartletWeb.Algo, extractable: boolean, usages: string[]): Promise<CryptoKey>
    exportKey(format: "raw" | "jwk", key: CryptoKey): Promise<any>
    sign(algorithm: MartletWeb.Algo, key: CryptoKey, data: MartletWeb.Buf): Promise<ArrayBuffer>
    verify(algorithm: MartletWeb.Algo, key: CryptoKey, signature: MartletWeb.Buf, data: MartletWeb.Buf): Promise<boolean>
    encrypt(algorithm: MartletWeb.Algo, key: CryptoKey, data: MartletWeb.Buf): Promise<ArrayBuffer>
    decrypt(algorithm: MartletWeb.Algo, key: CryptoKey, data: MartletWeb.Buf): Promise<ArrayBuffer>
    deriveBits(algorithm: MartletWeb.Algo, key: CryptoKey, length: number): Promise<ArrayBuffer>
}
declare var crypto: Crypto

/** A form for `$http.send()` and `fetch`. Its lists are arrays, as in PocketBase. */
interface FormData {
    append(name: string, value: string | number | StoredFile): void; set(name: string, value: string | number | StoredFile): void
    get(name: string): any; getAll(name: string): any[]; has(name: string): boolean; delete(name: string): void; keys(): string[]
    values(): any[]; entries(): [string, any][]
}

/** What of the web may be declared by the library of browsers as well; the names below choose. */
declare namespace MartletWeb {
    type Buf = ArrayBuffer | ArrayBufferView; type HeadersInit = Headers | [string, string][] | { [name: string]: string }
    type BodyInit = string | ArrayBuffer | ArrayBufferView | URLSearchParams | FormData | null
    type Algo = string | { name: string, [option: string]: any }
    interface TextEncoder {
        readonly encoding: string; encode(text?: string): Uint8Array
        encodeInto(text: string, target: Uint8Array): { read: number, written: number }
    }

    /** UTF-8 only. */
    interface TextDecoder { readonly encoding: string; readonly fatal: boolean; decode(input?: Buf): string }
    interface URL {
        href: string; readonly origin: string; protocol: string; username: string; password: string; host: string; hostname: string
        port: string; pathname: string; search: string; hash: string; readonly searchParams: URLSearchParams; toString(): string
        toJSON(): string
    }
    interface URLSearchParams extends Iterable<[string, string]> {
        readonly size: number; append(name: string, value: string): void; delete(name: string, value?: string): void
        get(name: string): string | null; getAll(name: string): string[]; has(name: string, value?: string): boolean
        set(name: string, value: string): void; sort(): void
        forEach(visit: (value: string, name: string, params: URLSearchParams) => void, self?: any): void
        entries(): IterableIterator<[string, string]>; keys(): IterableIterator<string>; values(): IterableIterator<string>
        toString(): string
    }
    interface Headers extends Iterable<[string, string]> {
        append(name: string, value: string): void; delete(name: string): void; get(name: string): string | null
        getSetCookie(): string[]; has(name: string): boolean; set(name: string, value: string): void
        forEach(visit: (value: string, name: string, headers: Headers) => void, self?: any): void
        entries(): IterableIterator<[string, string]>; keys(): IterableIterator<string>; values(): IterableIterator<string>
    }
    interface Body {
        readonly bodyUsed: boolean; bytes(): Promise<Uint8Array>; arrayBuffer(): Promise<ArrayBuffer>; text(): Promise<string>
        json(): Promise<any>
    }
    interface RequestInit {
        method?: string; headers?: HeadersInit; body?: BodyInit; signal?: AbortSignal | null; redirect?: "follow" | "manual" | "error"
    }
    interface Request extends Body {
        readonly url: string; readonly method: string; readonly headers: Headers; readonly signal: AbortSignal | null
        readonly redirect: string; clone(): Request
    }
    interface ResponseInit { status?: number; statusText?: string; headers?: HeadersInit }
    interface Response extends Body {
        readonly status: number; readonly statusText: string; readonly ok: boolean; readonly headers: Headers; readonly url: string
        readonly redirected: boolean; readonly type: string; clone(): Response
    }
    interface AbortSignal {
        readonly aborted: boolean; readonly reason: any; addEventListener(type: "abort", handler: (event: any) => void): void
        removeEventListener(type: "abort", handler: (event: any) => void): void; throwIfAborted(): void
    }
    interface AbortController { readonly signal: AbortSignal; abort(reason?: any): void }
    interface CryptoKey {
        readonly type: string; readonly algorithm: { name: string }; readonly extractable: boolean; readonly usages: string[]
    }
    interface Made {
        TextEncoder: { new (): TextEncoder, prototype: TextEncoder }
        TextDecoder: { new (label?: string, options?: { fatal?: boolean, ignoreBOM?: boolean }): TextDecoder, prototype: TextDecoder }
        URL: {
            new (text: string | URL, base?: string | URL): URL; canParse(text: string | URL, base?: string | URL): boolean
            parse(text: string | URL, base?: string | URL): URL | null; prototype: URL
        }
        URLSearchParams: {
            new (init?: string | Iterable<[string, string]> | { [name: string]: string }): URLSearchParams; prototype: URLSearchParams
        }
        Headers: { new (init?: HeadersInit): Headers, prototype: Headers }
        Request: { new (input: string | URL | Request, init?: RequestInit): Request, prototype: Request }
        Response: {
            new (body?: BodyInit, init?: ResponseInit): Response; json(data: any, init?: ResponseInit): Response
            redirect(url: string | URL, status?: number): Response; error(): Response; prototype: Response
        }
        AbortSignal: { timeout(milliseconds: number): AbortSignal; abort(reason?: any): AbortSignal; prototype: AbortSignal }
        AbortController: { new (): AbortController, prototype: AbortController }; CryptoKey: { prototype: CryptoKey }
        FormData: { new (): FormData, prototype: FormData }
    }

    /** Nothing where the library of browsers is loaded (`onmessage` is its), else what is above. */
    type Own<T> = typeof globalThis extends { onmessage: any } ? {} : T
}
interface TextEncoder extends MartletWeb.Own<MartletWeb.TextEncoder> {}
interface TextDecoder extends MartletWeb.Own<MartletWeb.TextDecoder> {}
interface URL extends MartletWeb.Own<MartletWeb.URL> {}
interface URLSearchParams extends MartletWeb.Own<MartletWeb.URLSearchParams> {}
interface Headers extends MartletWeb.Own<MartletWeb.Headers> {}
interface Request extends MartletWeb.Own<MartletWeb.Request> {}
interface Response extends MartletWeb.Own<MartletWeb.Response> {}
interface AbortSignal extends MartletWeb.Own<MartletWeb.AbortSignal> {}
interface AbortController extends MartletWeb.Own<MartletWeb.AbortController> {}
interface CryptoKey extends MartletWeb.Own<MartletWeb.CryptoKey> {}
declare var TextEncoder: typeof globalThis extends { onmessage: any, TextEncoder: infer T } ? T : MartletWeb.Made["TextEncoder"]
declare var TextDecoder: typeof globalThis extends { onmessage: any, TextDecoder: infer T } ? T : MartletWeb.Made["TextDecoder"]
declare var URL: typeof globalThis extends { onmessage: any, URL: infer T } ? T : MartletWeb.Made["URL"]
declare var URLSearchParams: typeof globalThis extends { onmessage: any, URLSearchParams: infer T } ? T : MartletWeb.Made["URLSearchParams"]
declare var Headers: typeof globalThis extends { onmessage: any, Headers: infer T } ? T : MartletWeb.Made["Headers"]
declare var Request: typeof globalThis extends { onmessage: any, Request: infer T } ? T : MartletWeb.Made["Request"]
declare var Response: typeof globalThis extends { onmessage: any, Response: infer T } ? T : MartletWeb.Made["Response"]
declare var AbortSignal: typeof globalThis extends { onmessage: any, AbortSignal: infer T } ? T : MartletWeb.Made["AbortSignal"]
declare var AbortController: typeof globalThis extends { onmessage: any, AbortController: infer T } ? T : MartletWeb.Made["AbortController"]
declare var CryptoKey: typeof globalThis extends { onmessage: any, CryptoKey: infer T } ? T : MartletWeb.Made["CryptoKey"]
declare var FormData: typeof globalThis extends { onmessage: any, FormData: infer T } ? T : MartletWeb.Made["FormData"]
