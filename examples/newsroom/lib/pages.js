/** The number of a page in a list, whatever somebody has put into the address. */
export const pageOf = (query) => Math.max(1, Number.parseInt(query.page) || 1)
