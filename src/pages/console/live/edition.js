// @ts-check

/** Which edition of the page the server has: another version of its program may have another. @returns {Promise<string>} empty where it is not known */
export async function editionOfPage() {
  const response = await fetch('/', { method: 'HEAD', cache: 'no-store' }).catch(() => undefined);
  return response?.ok ? (response.headers.get('etag') ?? '') : '';
}
