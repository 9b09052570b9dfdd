// @ts-check
import { ConnectionNotice } from '../console/connection-notice.js';
import { TokenDialog } from '../console/dialogs/token-dialog.js';
import { WhyDialog } from '../console/dialogs/why-dialog.js';
import { byId } from '../console/elements.js';
import { countOf } from '../console/figures.js';
import { ApiClient, ApiRefusal } from '../console/live/api-client.js';
import { EditionWatch } from '../console/live/edition.js';
import { Feed } from '../console/live/feed.js';
import { Poll } from '../console/live/poll.js';
import { Roundup } from '../console/live/roundup.js';
import { BansPanel } from '../console/panels/bans.js';
import { WarningsPanel } from '../console/panels/warnings.js';
import { KickDialog } from './dialogs/kick-dialog.js';
import { SessionList } from './live/session-list.js';
import { ConnectionsPanel } from './panels/connections.js';
import { HooksPanel } from './panels/hooks.js';
import { OverviewPanel } from './panels/overview.js';
import { SessionsPanel } from './panels/sessions.js';
import { StreamsPanel } from './panels/streams.js';

/** @import { BanEntry } from '../console/api.js' */
/** @import { FeedState } from '../console/live/feed.js' */
/** @import { ServerSentEvent } from '../console/live/event-stream.js' */

const SESSIONS_MS = 5000;
const LISTS_MS = 5000;
const RARE_LISTS_MS = 15_000;

const api = new ApiClient();
const token = new TokenDialog(api);
const why = new WhyDialog();
const notice = new ConnectionNotice('relay', onNoticeButton);
const overview = new OverviewPanel();
const streams = new StreamsPanel(explain);
const upstreams = new ConnectionsPanel('upstream');
const forwards = new ConnectionsPanel('forward');
const hooks = new HooksPanel();
const bans = new BansPanel((ban) => void lift(ban).catch(() => {}));
const warnings = new WarningsPanel();
const newWarnings = new Roundup((count) => notice.say(`${countOf(count, 'new warning')}.`));
const sessionList = new SessionList(api);
const kick = new KickDialog(api, token, onKicked);
const sessions = new SessionsPanel(sessionList, (session) => kick.open(session));
const content = byId('content', HTMLElement);
const sessionPoll = new Poll(byId('sessions', HTMLElement), SESSIONS_MS, () =>
  sessionList.refresh(() => sessions.show()),
);
const linkPoll = new Poll(content, LISTS_MS, async () => {
  upstreams.show(await listOf('upstreams'));
  forwards.show(await listOf('forwards'));
});
const rarePoll = new Poll(content, RARE_LISTS_MS, async () => {
  hooks.show(await listOf('hooks'));
  bans.show(await listOf('bans'));
});
const polls = [sessionPoll, linkPoll, rarePoll];
const feed = new Feed(api, ['status', 'warning', 'upstream', 'forward'], { onEvent, onState });

const edition = new EditionWatch();

byId('why-form', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  const key = byId('why-key', HTMLInputElement).value.trim();
  if (key !== '') explain(key);
});
byId('session-form', HTMLFormElement).addEventListener('submit', (event) => event.preventDefault());
byId('token-open', HTMLButtonElement).addEventListener('click', () => {
  void askForToken('With a token you may do what its role allows: look, or operate.');
});
feed.connect();

/** @param {string} stream - its key, live or not */
function explain(stream) {
  void why.open(stream, () => api.get('why', { stream }));
}

/** @param {ServerSentEvent} event */
function onEvent({ type, data }) {
  const event = JSON.parse(data);
  if (type === 'status') {
    overview.show(event);
    streams.show(event.streams);
  } else if (type === 'warning') {
    const isNew = warnings.add(event) && Date.parse(event.at) > performance.timeOrigin;
    if (isNew) newWarnings.add();
  } else if (type === 'upstream' || type === 'forward') linkPoll.hurry();
}

/** @param {FeedState} state */
function onState(state) {
  notice.show(state);
  for (const poll of polls) poll.setLive(state.at === 'live');
  if (state.at === 'live') void edition.look();
  else if (state.at === 'lost' || state.at === 'asleep') {
    overview.skip();
    streams.skip();
  }
}

/** @param {string} name @returns {Promise<any[]>} the first thousand; none where the relay has no such list */
async function listOf(name) {
  try {
    const { items } = await api.get(name, { limit: '1000' });
    return items;
  } catch (error) {
    if (error instanceof ApiRefusal && error.status === 404) return [];
    throw error;
  }
}

function onNoticeButton() {
  if (feed.state.at === 'refused') void askForToken(feed.state.sentence);
  else feed.connect();
}

/** @param {string} reason */
async function askForToken(reason) {
  if (await token.ask(reason)) feed.connect();
}

/** @param {string} sentence */
function onKicked(sentence) {
  notice.say(sentence);
  sessionPoll.hurry();
  rarePoll.hurry();
}

/** @param {BanEntry} ban */
async function lift({ id, value }) {
  const path = `bans/${encodeURIComponent(id)}`;
  await token.allow('To let somebody in again', () => api.delete(path));
  notice.say(`${value} is let in again.`);
  rarePoll.hurry();
}
