/** Lists that are answered in pages. */

/** The most that one page has. */
export const MOST = 500;

/** All pages of a list, one after the other. */
export async function everyPage<Page extends { pageCount: number }>(
  read: (query: { pageSize: string; pageNumber: string }) => Promise<Page>,
): Promise<Page[]> {
  const found: Page[] = [];
  for (let page = 1, pages = 1; page <= pages; page += 1) {
    const leaf = await read({ pageSize: `${MOST}`, pageNumber: `${page}` });
    found.push(leaf);
    pages = leaf.pageCount;
  }
  return found;
}
