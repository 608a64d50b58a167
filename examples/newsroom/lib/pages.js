/** The number of a page in a list, whatever somebody has put into the address. */
export const pageOf = (query) => Math.min(Math.max(Number.parseInt(query.page) || 1, 1), 10000)
