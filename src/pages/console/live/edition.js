// @ts-check

/** A server that was started again may bring another edition of the page; what somebody is in the middle of is not taken away. */
export class EditionWatch {
  #edition = '';

  /** The server is there, perhaps again. */
  async look() {
    const now = await editionOfPage();
    if (this.#edition !== '' && now !== '' && now !== this.#edition) {
      const open = document.querySelector('dialog[open]');
      if (open === null) location.reload();
      else open.addEventListener('close', () => location.reload());
    } else this.#edition ||= now;
  }
}

/** Which edition of the page the server has: another version of its program may have another. @returns {Promise<string>} empty where it is not known */
async function editionOfPage() {
  const response = await fetch('/', { method: 'HEAD', cache: 'no-store' }).catch(() => undefined);
  return response?.ok ? (response.headers.get('etag') ?? '') : '';
}
