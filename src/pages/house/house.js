// @ts-check
import { ConnectionNotice } from '../console/connection-notice.js';
import { TokenDialog } from '../console/dialogs/token-dialog.js';
import { WhyDialog } from '../console/dialogs/why-dialog.js';
import { byId } from '../console/elements.js';
import { countOf } from '../console/figures.js';
import { ApiClient } from '../console/live/api-client.js';
import { EditionWatch } from '../console/live/edition.js';
import { Feed } from '../console/live/feed.js';
import { Poll } from '../console/live/poll.js';
import { Roundup } from '../console/live/roundup.js';
import { BansPanel } from '../console/panels/bans.js';
import { WarningsPanel } from '../console/panels/warnings.js';
import { PlayerKickDialog } from './dialogs/player-kick-dialog.js';
import { PlayerSearch } from './live/player-search.js';
import { FleetOverviewPanel } from './panels/fleet-overview.js';
import { FleetStreamsPanel } from './panels/fleet-streams.js';
import { PlayersPanel } from './panels/players.js';
import { RelaysPanel } from './panels/relays.js';

/** @import { BanEntry } from '../console/api.js' */
/** @import { FeedState } from '../console/live/feed.js' */
/** @import { ServerSentEvent } from '../console/live/event-stream.js' */
/** @import { ChoiceAnswer, FleetRelayEntry } from './api.js' */
/** @import { RelayAct } from './panels/relays.js' */

const RELAYS_MS = 15_000;
const PLAYERS_MS = 5000;
const STREAMS_MS = 5000;
const RARE_LISTS_MS = 15_000;
const ROUTES_MS = 60_000; // in a large fleet it takes the house a moment to find them
/** Relays in a part of the list. */
const PAGE = 1000;
const MAX_RELAYS = 10_000;

/** After these the list of relays is another one. */
const relayEvents = [
  ...['relay-up', 'relay-down', 'drained', 'undrained', 'provisioned', 'approved', 'removed'],
];

const api = new ApiClient();
const token = new TokenDialog(api);
const why = new WhyDialog();
const notice = new ConnectionNotice('house', onNoticeButton);
const overview = new FleetOverviewPanel();
const relays = new RelaysPanel((act, relay) => void change(act, relay).catch(onFault));
const streams = new FleetStreamsPanel((stream) => askWhy(stream));
const bans = new BansPanel((ban) => void lift(ban).catch(() => {}));
const warnings = new WarningsPanel();
const newWarnings = new Roundup((count) => notice.say(`${countOf(count, 'new warning')}.`));
const search = new PlayerSearch(api);
const kick = new PlayerKickDialog(api, token, onKicked);
const players = new PlayersPanel(search, {
  onKick: (player) => kick.open(player),
  onWish: () => playerPoll.hurry(),
});
const content = byId('content', HTMLElement);
const relayPoll = new Poll(content, RELAYS_MS, async () => {
  relays.place(await allRelays());
  overview.showHouse(await api.get('house'));
});
const playerPoll = new Poll(byId('players', HTMLElement), PLAYERS_MS, async () => {
  if (await search.refresh()) players.show();
});
const streamPoll = new Poll(byId('streams', HTMLElement), STREAMS_MS, async () => {
  const { items, next } = await api.get('streams', { limit: '1000' });
  streams.show(items, next !== null);
});
const rarePoll = new Poll(content, RARE_LISTS_MS, async () => {
  const { items } = await api.get('bans', { limit: '1000' });
  bans.show(items);
});
const routePoll = new Poll(content, ROUTES_MS, async () => {
  const { items } = await api.get('routes', { limit: '1000' });
  overview.showRoutes(items);
});
const polls = [relayPoll, playerPoll, streamPoll, rarePoll, routePoll];
const feed = new Feed(api, ['status', 'warning', 'banned', 'unbanned', ...relayEvents], { onEvent, onState });
const edition = new EditionWatch();

for (const form of ['relay-form', 'player-form'])
  byId(form, HTMLFormElement).addEventListener('submit', (event) => event.preventDefault());
byId('why-form', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  askWhy(byId('why-key', HTMLInputElement).value.trim());
});
byId('token-open', HTMLButtonElement).addEventListener('click', () => {
  void askForToken('With a token you may do what its role allows: look, or operate.');
});
feed.connect();

/** @param {ServerSentEvent} event */
function onEvent({ type, data }) {
  const event = JSON.parse(data);
  if (type === 'status') {
    overview.show(event);
    players.setTotal(event.totals.players);
    if (relays.update(event.relays)) relayPoll.hurry();
  } else if (type === 'warning') {
    const isNew = warnings.add(event) && Date.parse(event.at) > performance.timeOrigin;
    if (isNew) newWarnings.add();
  } else if (relayEvents.includes(type)) relayPoll.hurry();
  else if (type === 'banned' || type === 'unbanned') rarePoll.hurry();
}

/** @param {FeedState} state */
function onState(state) {
  notice.show(state);
  for (const poll of polls) poll.setLive(state.at === 'live');
  if (state.at === 'live') void edition.look();
  else if (state.at === 'lost' || state.at === 'asleep') {
    overview.skip();
    relays.skip();
  }
}

/** @returns {Promise<readonly FleetRelayEntry[]>} */
async function allRelays() {
  /** @type {FleetRelayEntry[]} */
  const all = [];
  let after = '';
  do {
    const { items, next } = await api.get('relays', {
      limit: String(PAGE),
      ...(after === '' ? {} : { after }),
    });
    all.push(...items);
    after = next ?? '';
  } while (after !== '' && all.length < MAX_RELAYS);
  return all;
}

/** @param {string} stream - empty where somebody has not said which */
function askWhy(stream) {
  const address = byId('why-address', HTMLInputElement);
  if (stream === '') return byId('why-key', HTMLInputElement).focus();
  if (address.value.trim() === '') {
    byId('why-key', HTMLInputElement).value = stream;
    notice.say('Give the address of a player, too.');
    return address.focus();
  }
  const from = address.value.trim();
  void why.open(`${stream} from ${from}`, async () => {
    /** @type {ChoiceAnswer} */
    const { verdict, relays: found } = await api.get('why', { stream, address: from });
    const findings = found.map(({ relay, verdict: is, text }) => ({
      about: relay,
      ok: is === 'chosen' ? true : is === 'equal' || is === 'lower' ? null : false,
      text,
    }));
    return { verdict, findings };
  });
}

/** @param {RelayAct} act @param {FleetRelayEntry} relay */
async function change(act, { id, title }) {
  const path = `relays/${encodeURIComponent(id)}`;
  if (act === 'approve') {
    await token.allow('To approve a relay', () => api.send('POST', `${path}/approve`));
    notice.say(`${title} belongs to the fleet.`);
  } else {
    const draining = act === 'drain';
    await token.allow('To drain a relay', () => api.send('PATCH', path, { draining }));
    notice.say(draining ? `${title} takes no new players.` : `${title} takes players again.`);
  }
  relayPoll.hurry();
}

/** @param {unknown} error */
function onFault(error) {
  notice.say(error instanceof Error ? error.message : String(error));
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
  playerPoll.hurry();
  rarePoll.hurry();
}

/** @param {BanEntry} ban */
async function lift({ id, value }) {
  await token.allow('To let somebody in again', () => api.delete(`bans/${encodeURIComponent(id)}`));
  notice.say(`${value} is let in again.`);
  rarePoll.hurry();
}
