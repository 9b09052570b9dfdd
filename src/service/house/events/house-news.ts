import type { Clock } from '../../../stream/clock.ts';
import { EventAllowances } from '../../admin/events/event-allowances.ts';
import type { RolloutStatus } from '../directing/rollout.ts';
import type { Fleet, FleetEvent } from '../fleet/fleet.ts';
import { fleetPlayerStatus } from '../overview/player-overview.ts';
import type { Decisions, FleetBan, HouseStore } from '../store/house-store.ts';
import type { BanNews, HouseEvent } from './house-event.ts';

/** So many events of each type are told in a second; the rest is counted. */
const MOST_PER_SECOND = { joined: 200, left: 200, 'relay-up': 200, 'relay-down': 200, config: 200 } as const;

type Limited = keyof typeof MOST_PER_SECOND;

/** What the events of a house are made of. */
export interface HouseNewsParts {
  readonly clock: Clock;
  readonly fleet: Fleet;
  readonly store: Pick<HouseStore, 'decisions' | 'onDecisions'>;
  /** Tells how far a new config has come. */
  readonly rollout: { follow(tell: (status: RolloutStatus) => void): () => void };
}

/** Tells of what happens in the fleet and of what is decided, by whichever house, from now on. @returns ends it */
export function followHouse(
  { clock, fleet, store, rollout }: HouseNewsParts,
  tell: (event: HouseEvent) => void,
): () => void {
  const allowances = new EventAllowances<Limited>(clock, MOST_PER_SECOND, tell);
  const sayLimited = (event: Extract<HouseEvent, { readonly type: Limited }>): void => {
    if (allowances.take(event.type)) tell(event);
  };
  const tried = new Map<string, string>();
  const leave = fleet.follow((event) => {
    if (event.what === 'reported') for (const news of configNews(fleet, event.relay, tried)) sayLimited(news);
    else sayLimited(fleetNews(event));
  });
  const unfollow = rollout.follow((status) => {
    for (const news of rolloutNews(status)) sayLimited(news);
  });
  let before = store.decisions;
  const stop = store.onDecisions((decisions) => {
    for (const event of decisionNews(before, decisions)) tell(event);
    before = decisions;
  });
  return () => {
    leave();
    unfollow();
    stop();
    allowances.close();
  };
}

type Happened = Exclude<FleetEvent, { readonly what: 'reported' }>;

function fleetNews(event: Happened): Extract<HouseEvent, { readonly type: Happened['what'] }> {
  const at = now();
  switch (event.what) {
    case 'joined':
      return { type: 'joined', data: { at, what: 'joined', player: fleetPlayerStatus(event.player) } };
    case 'left': {
      const { player, bytes, seconds, reason } = event;
      return {
        type: 'left',
        data: { at, what: 'left', player: fleetPlayerStatus(player), bytes, seconds, reason },
      };
    }
    case 'relay-up':
      return { type: 'relay-up', data: { at, what: 'relay-up', relay: event.relay } };
    case 'relay-down':
      return { type: 'relay-down', data: { at, what: 'relay-down', relay: event.relay } };
    default:
      return event satisfies never;
  }
}

/** That a relay goes by another config than it did, or cannot. @param tried - what each has said of that last */
function* configNews(
  fleet: Fleet,
  relay: string,
  tried: Map<string, string>,
): Generator<Extract<HouseEvent, { readonly type: 'config' }>> {
  const report = fleet.report(relay);
  if (report === undefined) return;
  const { revision, problem } = report;
  const said = `${revision} ${problem}`;
  const before = tried.get(relay);
  tried.set(relay, said);
  if (before === undefined || before === said) return; // at first it is no news
  yield {
    type: 'config',
    data: { at: now(), what: problem === null ? 'applied' : 'failed', relay, revision, problem },
  };
}

function* rolloutNews(status: RolloutStatus): Generator<Extract<HouseEvent, { readonly type: 'config' }>> {
  const facts = { at: now(), revision: null };
  if (status.at === 'trying')
    yield { type: 'config', data: { ...facts, what: 'staged', relay: status.relay, problem: null } };
  if (status.at === 'rolled-back')
    yield {
      type: 'config',
      data: { ...facts, what: 'rolled-back', relay: status.relay, problem: status.why },
    };
}

/** What is different between decisions. */
export function* decisionNews(before: Decisions, after: Decisions): Generator<HouseEvent> {
  const at = now();
  for (const relay of missing(after.draining, before.draining))
    yield { type: 'drained', data: { at, what: 'drained', relay } };
  for (const relay of missing(before.draining, after.draining))
    yield { type: 'undrained', data: { at, what: 'undrained', relay } };
  const invited = (decisions: Decisions) => decisions.invitations.map(({ entry }) => entry.id);
  for (const relay of missing(invited(after), invited(before)))
    yield { type: 'invited', data: { at, what: 'invited', relay } };
  const provisioned = (decisions: Decisions) => decisions.provisioned.map(({ entry }) => entry.id);
  for (const relay of missing(provisioned(after), provisioned(before)))
    yield { type: 'provisioned', data: { at, what: 'provisioned', relay } };
  const approved = (decisions: Decisions) =>
    decisions.provisioned.flatMap(({ entry, isApproved }) => (isApproved ? [entry.id] : []));
  for (const relay of missing(approved(after), approved(before)))
    yield { type: 'approved', data: { at, what: 'approved', relay } };
  for (const relay of missing(provisioned(before), provisioned(after)))
    yield { type: 'removed', data: { at, what: 'removed', relay } };
  const [had, has] = [before.bans.map(banName), after.bans.map(banName)];
  const isNew = new Set(missing(has, had));
  const banned = new Set(after.bans.map(({ id }) => id));
  for (const ban of after.bans)
    if (isNew.has(banName(ban))) yield { type: 'banned', data: banNews('banned', ban, at) };
  for (const ban of before.bans)
    if (!banned.has(ban.id) && ban.until > Date.parse(at))
      yield { type: 'unbanned', data: banNews('unbanned', ban, at) };
}

function banNews<What extends string>(
  what: What,
  { id, kind, value, reason, until }: FleetBan,
  at: string,
): BanNews<What> {
  return { at, what, id, kind, value, reason, until: new Date(until).toISOString() };
}

function banName({ id, until }: FleetBan): string {
  return `${id} ${until}`;
}

/** Those of one list that another lacks. */
function missing(of: readonly string[], from: readonly string[]): readonly string[] {
  const there = new Set(from);
  return of.filter((one) => !there.has(one));
}

function now(): string {
  return new Date().toISOString();
}
