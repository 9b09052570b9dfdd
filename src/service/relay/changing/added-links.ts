import { KeyPattern } from '../../../config/key-pattern.ts';
import { forwardUrlProblem, upstreamUrlProblem } from '../../../config/media-url-problems.ts';
import type { StreamSettings } from '../../../config/stream-settings.ts';
import { expandUrl, parseMediaUrl } from '../../../media-url.ts';
import type { ServerAddress } from '../../../session/upstream/server-connector.ts';
import { isStreamKey } from '../../../stream/stream-key.ts';
import { displayForwardUrl } from '../../../url-secrets.ts';
import type { ListWish } from '../../admin/list-wish.ts';
import { ChangeRefused, type ForwardWish, type PullWish } from '../../admin/relay-changes.ts';
import type { RelayControl } from '../../admin/relay-control.ts';
import type { ForwardStatus, ListPart } from '../../admin/relay-status.ts';
import { freeForwardId } from '../forwarding/forwards.ts';
import { linkId } from '../status/link-id.ts';
import type { Addition, Additions } from './additions.ts';

/** Pulls and forwards that operators may add. */
const MAX_ADDITIONS = 256;

/** Entries of a list that are looked at in one go. */
const PAGE = 1000;

/** What additions need of the relay. */
export interface AddedLinksParts {
  readonly additions: Additions;
  readonly relay: Pick<RelayControl, 'settings' | 'liveStreams' | 'upstreams' | 'forwards'>;
  /** Why an addition may not lead to a host; undefined when it may. */
  objectionTo(to: ServerAddress): Promise<string | undefined>;
  readonly threads: {
    /** Every thread goes by these additions from now on. */
    shareAdditions(all: readonly Addition[]): Promise<void>;
  };
}

/** The pulls and forwards that operators have added: what they may add, and what becomes of it. */
export class AddedLinks {
  readonly #parts: AddedLinksParts;

  constructor(parts: AddedLinksParts) {
    this.#parts = parts;
  }

  /** @returns the id of the upstream @throws ChangeRefused */
  async addPull({ stream, urls }: PullWish): Promise<string> {
    if (urls.length === 0) throw new ChangeRefused('bad-request', 'urls: expected at least one');
    for (const [index, url] of urls.entries()) objectTo(`urls.${index}`, upstreamUrlProblem(url));
    await this.#look(stream, urls);
    const live = await this.#parts.relay.liveStreams();
    const { additions } = this.#parts;
    if (additions.pulls(stream)) throw new ChangeRefused('conflict', `${stream} was added already`);
    if (live.includes(stream))
      throw new ChangeRefused('conflict', `${stream} is live already: it has a source`);
    const id = linkId('u', stream);
    await this.#add({ is: 'pull', id, stream, urls });
    return id;
  }

  /** @returns the id of the forward @throws ChangeRefused */
  async addForward({ stream, url }: ForwardWish): Promise<string> {
    objectTo('url', forwardUrlProblem(url));
    await this.#look(stream, [url]);
    const entry = this.#entryOf(stream);
    if (entry === undefined)
      throw new ChangeRefused('conflict', `no entry in streams matches ${stream}: nobody may bring it`);
    const target = expandUrl(url, stream);
    const there = entry.forward.map((one) => expandUrl(one, stream));
    if (there.includes(target)) throw new ChangeRefused('conflict', `${stream} is forwarded there already`);
    const id = this.#freeId(stream, target, there);
    await this.#add({ is: 'forward', id, stream, url });
    return id;
  }

  /** @throws ChangeRefused */
  async removePull(id: string): Promise<void> {
    const { relay } = this.#parts;
    await this.#remove('pull', id, 'upstream', (wish) => relay.upstreams(wish));
  }

  /** @throws ChangeRefused */
  async removeForward(id: string): Promise<void> {
    const { relay } = this.#parts;
    await this.#remove('forward', id, 'forward', (wish) => relay.forwards(wish));
  }

  /** Those that were added and are not at work, for their streams are not live. @param running - those that are */
  idleForwards(running: readonly ForwardStatus[]): readonly ForwardStatus[] {
    const ids = new Set(running.map(({ id }) => id));
    return this.#parts.additions.all.flatMap((one) => {
      if (one.is !== 'forward' || ids.has(one.id)) return [];
      const { id, stream } = one;
      const url = displayForwardUrl(expandUrl(one.url, stream));
      const idle = { state: 'waiting', lastError: null, reconnects: 0, sentBytes: 0 } as const;
      return [{ id, origin: 'api', stream, url, ...idle }];
    });
  }

  /** Whether it could be added at all. @throws ChangeRefused */
  async #look(stream: string, urls: readonly string[]): Promise<void> {
    objectTo('stream', keyProblem(stream));
    for (const url of urls) {
      const to = parseMediaUrl(expandUrl(url, stream));
      const objection = to === undefined ? 'it leads to no host' : await this.#parts.objectionTo(to);
      if (objection !== undefined)
        throw new ChangeRefused('forbidden', `the relay may not connect there: ${objection}`);
    }
  }

  async #add(addition: Addition): Promise<void> {
    const { all } = this.#parts.additions;
    if (all.length >= MAX_ADDITIONS)
      throw new ChangeRefused(
        'too-many',
        `${MAX_ADDITIONS} pulls and forwards were added, the most that is allowed`,
      );
    await this.#goBy([...all, addition]);
  }

  /** @param list - of what is at work, that of the configuration among it */
  async #remove(
    is: Addition['is'],
    id: string,
    noun: string,
    list: (wish: ListWish) => Promise<ListPart<{ readonly id: string }>>,
  ): Promise<void> {
    const { all } = this.#parts.additions;
    const added = all.find((one) => one.is === is && one.id === id);
    if (added !== undefined) await this.#goBy(all.filter((one) => one !== added));
    else if (await isListed(id, list))
      throw new ChangeRefused(
        'conflict',
        `this ${noun} is in the configuration: change it there, and reload`,
      );
    else throw new ChangeRefused('not-found', `there is no ${noun} of this id`);
  }

  async #goBy(all: readonly Addition[]): Promise<void> {
    const { additions, threads } = this.#parts;
    additions.configure(all);
    await threads.shareAdditions(all);
  }

  /** @param others - URLs of the stream's forwards that are there, in their order */
  #freeId(stream: string, url: string, others: readonly string[]): string {
    const { additions } = this.#parts;
    const added = new Map(additions.forwardsOf(stream).map((place) => [place.url, place.id ?? '']));
    const taken = new Set(added.values());
    for (const other of others) if (!added.has(other)) taken.add(freeForwardId(stream, other, taken));
    return freeForwardId(stream, url, taken);
  }

  #entryOf(stream: string): StreamSettings | undefined {
    const { additions, relay } = this.#parts;
    return additions
      .before(relay.settings.streams)
      .find(({ match }) => new KeyPattern(match).matches(stream));
  }
}

function objectTo(field: string, problem: string | undefined): void {
  if (problem !== undefined) throw new ChangeRefused('bad-request', `${field}: ${problem}`);
}

function keyProblem(stream: string): string | undefined {
  // in an entry of `streams` a star would stand for others
  return isStreamKey(stream) && !stream.includes('*')
    ? undefined
    : 'expected a stream key, such as live/cam1';
}

async function isListed(
  id: string,
  list: (wish: ListWish) => Promise<ListPart<{ readonly id: string }>>,
): Promise<boolean> {
  let after: string | undefined;
  do {
    const { items, next } = await list({ limit: PAGE, after });
    if (items.some((one) => one.id === id)) return true;
    after = next ?? undefined;
  } while (after !== undefined);
  return false;
}
