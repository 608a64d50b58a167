import { base } from "./base.js"
import data from "./data.json" with { type: "json" }
export { base as start }
export const double = (n) => n * 2, triple = (n) => n * 3
export let counter = 0
export function increment() { counter++ }
export default class Adder {
    constructor(n) { this.n = n }
    plus(m) { return this.n + m + data.extra }
}
export const { first, nested: { second = 5 }, ...others } = { first: 1, nested: {}, third: 3 }
export * from "./more.js"
export * as everything from "./more.js"
export const text = `import { nothing } from "nowhere" ${[1].map((x) => `${x} export default`)}`
export const pattern = /import .* from "x"/
