// @ts-check
import { ConnectionNotice } from './connection-notice.js';
import { KickDialog } from './dialogs/kick-dialog.js';
import { TokenDialog } from './dialogs/token-dialog.js';
import { WhyDialog } from './dialogs/why-dialog.js';
import { byId } from './elements.js';
import { countOf } from './figures.js';
import { ApiClient, ApiRefusal } from './live/api-client.js';
import { editionOfPage } from './live/edition.js';
import { Feed } from './live/feed.js';
import { Poll } from './live/poll.js';
import { Roundup } from './live/roundup.js';
import { SessionList } from './live/session-list.js';
import { BansPanel } from './panels/bans.js';
import { ConnectionsPanel } from './panels/connections.js';
import { HooksPanel } from './panels/hooks.js';
import { OverviewPanel } from './panels/overview.js';
import { SessionsPanel } from './panels/sessions.js';
import { StreamsPanel } from './panels/streams.js';
import { WarningsPanel } from './panels/warnings.js';

/** @import { BanEntry } from './api.js' */
/** @import { FeedState } from './live/feed.js' */
/** @import { ServerSentEvent } from './live/event-stream.js' */

const SESSIONS_MS = 5000;
const LISTS_MS = 5000;
const RARE_LISTS_MS = 15_000;

const api = new ApiClient();
const token = new TokenDialog(api);
const why = new WhyDialog(api);
const notice = new ConnectionNotice(onNoticeButton);
const overview = new OverviewPanel();
const streams = new StreamsPanel((stream) => void why.open(stream));
const upstreams = new ConnectionsPanel('upstream');
const forwards = new ConnectionsPanel('forward');
const hooks = new HooksPanel();
const bans = new BansPanel((ban) => void lift(ban));
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

let edition = '';

byId('session-form', HTMLFormElement).addEventListener('submit', (event) => event.preventDefault());
byId('token-open', HTMLButtonElement).addEventListener('click', () => {
  void askForToken('With a token you may do what its role allows: look, or operate.');
});
feed.connect();

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
  if (state.at === 'live') void lookForEdition();
  else if (state.at === 'lost' || state.at === 'asleep') {
    overview.skip();
    streams.skip();
  }
}

/** A relay that was started again may bring another edition of this page; what somebody is in the middle of is not taken away. */
async function lookForEdition() {
  const now = await editionOfPage();
  if (edition !== '' && now !== '' && now !== edition) {
    const open = document.querySelector('dialog[open]');
    if (open === null) location.reload();
    else open.addEventListener('close', () => location.reload());
  } else edition ||= now;
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
  try {
    await api.delete(path);
  } catch (error) {
    if (!(error instanceof ApiRefusal && error.isAboutRights)) return;
    if (
      !(await token.ask(
        `To let somebody in again takes a token of the role operate. The relay says: ${error.message}`,
      ))
    )
      return;
    await api.delete(path).catch(() => {});
  }
  notice.say(`${value} is let in again.`);
  rarePoll.hurry();
}
