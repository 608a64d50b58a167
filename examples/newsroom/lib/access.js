/** A handler that only people with one of the roles reach. Others are sent to sign in, or told that it is not for them. */
export const only = (roles, handler) => (context) => {
    const { user, path, redirect, forbidden } = context
    if (!user) return redirect(`/sign-in?next=${encodeURIComponent(path)}`)
    if (!roles.includes(user.role)) forbidden("This page is not for you.")
    return handler(context)
}

export const staff = ["editor", "admin"]

/** An address of this site, whatever somebody has put into a link. Browsers read "//", "/\" and "/<tab>/" as another site. */
export const localPath = (path) => /^\/(?!\/)[\w\-.~/?&=%]*$/.test(path ?? "") ? path : "/"
