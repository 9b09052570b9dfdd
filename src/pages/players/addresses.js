// @ts-check

/** What a button says that was pressed, and for how long, milliseconds. */
const SAID_MS = 3000;

/**
 * The addresses by which programs that are no browsers play a stream that no browser plays, the best one first.
 * @param {URL} url - of the page's stream: `/app/name.flv`, with what the visitor shows
 * @returns {readonly { readonly href: string, readonly about: string }[]}
 */
export function addressesOf({ protocol, host, pathname, search }) {
  const key = pathname.replace(/\.flv$/, '');
  const path = /^\/streams\/[^.]+$/.test(key) ? key : `${key}.asf`;
  const isTls = protocol === 'https:'; // which players of mmsh:// do not speak
  const place = `${host}${path}${search}`;
  return [
    ...(isTls ? [] : [{ href: `mmsh://${place}`, about: 'for players of Windows Media, such as VLC' }]),
    { href: `${protocol}//${place}`, about: 'for programs that read ASF over HTTP, such as ffplay' },
    { href: `${protocol}//${host}${key}.asx${search}`, about: 'a playlist, for players that open files' },
  ];
}

/**
 * Shows addresses, each with a button that copies it.
 * @param {HTMLElement} list
 * @param {URL} url - as above
 * @param {(text: string) => void} say - to those who hear what the page shows
 */
export function showAddresses(list, url, say) {
  if (list.childElementCount === 0) list.append(...addressesOf(url).map((address) => itemFor(address, say)));
}

/** @param {{ readonly href: string, readonly about: string }} address @param {(text: string) => void} say */
function itemFor({ href, about }, say) {
  const item = document.createElement('li');
  const text = document.createElement('code');
  text.textContent = href;
  const purpose = document.createElement('span');
  purpose.textContent = about;
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'Copy';
  button.setAttribute('aria-label', `Copy ${href}`);
  button.addEventListener('click', async () => {
    const isCopied = await copy(text);
    const said = isCopied ? 'Copied' : 'Press Ctrl+C';
    button.textContent = said;
    say(`${said}: ${href}`);
    setTimeout(() => {
      button.textContent = 'Copy';
    }, SAID_MS);
  });
  item.append(text, button, purpose);
  return item;
}

/** Pages without TLS are given no clipboard: there it is copied as by the keyboard, or left marked for that. @param {HTMLElement} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text.textContent ?? '');
    return true;
  } catch {
    getSelection()?.selectAllChildren(text);
    return document.execCommand('copy');
  }
}
