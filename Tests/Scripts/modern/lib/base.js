export const base = 10
export async function later(n) { return n + base }
