// @ts-check

/** Whoever shows a key, which may be wrong for some of the streams, had better not look like somebody who tries keys, milliseconds. */
const REFRESH_MS = location.search === '' ? 5000 : 30_000;

/** @typedef {{ readonly name: string, readonly streams: readonly string[], readonly more: number }} Listing */
/** @typedef {{ readonly problem: string }} Refusal */

/** Why there is no list, as the server calls it. @type {Readonly<Record<string, string>>} */
const problems = {
  'not listed':
    'This server does not list its streams. If you know the name of one, add it to the address of this page, like this: /watch/live/cam1',
  'no access': 'There are live streams, but you may not watch any of them.',
};

const list = /** @type {HTMLElement} */ (document.getElementById('streams'));
const message = /** @type {HTMLElement} */ (document.getElementById('message'));
const server = /** @type {HTMLElement} */ (document.getElementById('server'));

/** @param {Listing} listing */
function show({ name, streams, more }) {
  server.textContent = name;
  for (const item of [...list.children]) {
    if (!streams.includes(keyOf(item))) item.remove();
  }
  // who stands on a link with the keyboard stays there: what is there already is left alone
  for (const [place, key] of streams.entries()) {
    const present = list.children[place];
    if (present === undefined || keyOf(present) !== key) list.insertBefore(itemFor(key), present ?? null);
  }
  const rest = more > 0 ? ' shown; there are more' : '';
  const count = streams.length === 1 ? '1 live stream' : `${streams.length} live streams${rest}`;
  say(streams.length === 0 ? 'Nothing is live right now. New streams will appear here.' : count);
}

/** @param {string} text */
function say(text) {
  if (message.textContent !== text) message.textContent = text;
}

/** @param {Element} item */
function keyOf(item) {
  return /** @type {HTMLElement} */ (item).dataset['key'] ?? '';
}

/** @param {string} key */
function itemFor(key) {
  const item = document.createElement('li');
  item.dataset['key'] = key;
  const link = document.createElement('a');
  link.href = `/watch/${key.split('/').map(encodeURIComponent).join('/')}`;
  const name = document.createElement('span');
  name.className = 'name';
  name.textContent = key;
  const badge = document.createElement('span');
  badge.className = 'badge';
  badge.textContent = 'Live';
  link.append(name, badge);
  link.addEventListener('click', (event) => follow(link, event));
  item.append(link);
  return item;
}

/**
 * What the visitor has shown for the list is shown for the stream too. It is not part of the link, which may be copied.
 * @param {HTMLAnchorElement} link @param {MouseEvent} event
 */
function follow({ href }, event) {
  if (location.search === '' || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  location.assign(href + location.search);
}

async function refresh() {
  if (document.hidden) return;
  try {
    const response = await fetch(`/watch.json${location.search}`, { cache: 'no-store' });
    if (response.ok) show(/** @type {Listing} */ (await response.json()));
    else if (response.status === 403) {
      list.replaceChildren();
      const { problem } = /** @type {Refusal} */ (await response.json());
      say(problems[problem] ?? problem);
    } else say('The server did not answer properly. Trying again…');
  } catch {
    say('Cannot reach the server. Trying again…');
  }
}

setInterval(refresh, REFRESH_MS);
document.addEventListener('visibilitychange', refresh);
void refresh();
