export const more = "more"
export { later } from "./base.js"
