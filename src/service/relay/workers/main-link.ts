import type { MessagePort } from 'node:worker_threads';
import { bugText } from '../../../errors.ts';
import type { Log } from '../../../log.ts';
import type { Refusal } from '../../../session/access.ts';
import type { TunnelEntrance } from '../../../session/rtmpt/carried-request.ts';
import type { AcceptedActivity, Session } from '../../../session/session.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { LiveStream } from '../../../stream/live-stream.ts';
import type { MediaFamily } from '../../../stream/media-family.ts';
import { BanLedger } from '../../access/bans/ban-ledger.ts';
import { BlockedAddresses, type FailedAttempts } from '../../access/credentials/failed-attempts.ts';
import type { ChallengeSecret } from '../../access/credentials/issued-challenges.ts';
import type { MatchesPassword } from '../../access/credentials/password-queue.ts';
import type { Join, Joined, JoinPlaces } from '../../access/joining/join.ts';
import type { PullSlots } from '../../access/joining/pull-slots.ts';
import { EventBatches } from '../../admin/events/event-batches.ts';
import type { Denial } from '../../listen/session-limits.ts';
import { TicketKey } from '../../listen/tls/ticket-key.ts';
import type { Relay } from '../relay.ts';
import type { StreamHomes } from '../stream-homes.ts';
import type { RelayThread, ThreadLink } from '../thread-link.ts';
import { answer, Questions } from './asking/questions.ts';
import type { MainAnswers, ToMain, ToWorker, WorkerAnswers, WorkerStart } from './messages.ts';
import { FrameCodec } from './passing/frame-codec.ts';
import { PeerWorker } from './peer-worker.ts';
import { WorkerHomes } from './worker-homes.ts';

/** A worker's end of its link to the main thread, and its ports to the other workers. */
export class MainLink implements ThreadLink {
  readonly relayId: string;
  readonly challengeSecret: ChallengeSecret;
  readonly ticketKey: TicketKey;
  readonly matchesPassword: MatchesPassword = (password, hash) =>
    this.#main.ask('matchesPassword', password, hash);
  readonly threads: number;
  readonly index: number;
  readonly prefix: string;
  readonly storeSocket: string | undefined;
  readonly pullSlots: PullSlots;
  readonly failures: FailedAttempts;
  readonly #blocked: BlockedAddresses;
  readonly bans: BanLedger;
  readonly joins: JoinPlaces;
  readonly #port: MessagePort;
  readonly #start: WorkerStart;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #codec: FrameCodec;
  readonly #main = new Questions<MainAnswers>((question) => this.tell(question));
  readonly #peers = new Map<number, PeerWorker>();
  /** Streams that are always wanted and that this worker keeps. */
  #kept: ReadonlySet<string>;
  #homes: WorkerHomes | undefined;
  #stopFollowing: () => void = () => {};

  /** @param families - all that there are, in the same order in every worker */
  constructor(
    port: MessagePort,
    start: WorkerStart,
    clock: Clock,
    log: Log,
    families: readonly MediaFamily[],
  ) {
    this.relayId = start.relayId;
    this.challengeSecret = start.challengeSecret;
    this.ticketKey = new TicketKey(start.ticketKey);
    this.threads = start.count;
    this.index = start.index;
    this.storeSocket = start.storeSocket;
    this.prefix = `w${start.number}`;
    this.#port = port;
    this.#start = start;
    this.#clock = clock;
    this.#log = log;
    this.#codec = new FrameCodec(families);
    this.#kept = new Set(start.kept);
    this.pullSlots = {
      look: () => undefined, // only the main thread knows
      note: (key, news) => this.tell({ say: 'pull-news', key, news }),
    };
    this.#blocked = new BlockedAddresses(clock);
    for (const [group, ms] of start.blocked) this.#blocked.add(group, ms);
    this.bans = new BanLedger(clock);
    this.bans.replace(start.bans);
    this.failures = {
      isBlocked: (address) => this.#blocked.has(address),
      note: (address) => this.tell({ say: 'wrong-credential', address }),
    };
    this.joins = {
      take: (id, join) => this.#join(id, join),
      endWait: (join) => this.tell({ say: 'wait-over', join }),
      release: (join) => this.tell({ say: 'join-over', join }),
      onSent: (report) => this.tell({ say: 'sent', report }),
    };
  }

  homes(thread: RelayThread): StreamHomes {
    // the thread is still being made: what belongs to it is looked at when it is used
    this.#homes = new WorkerHomes({
      index: this.#start.index,
      clock: this.#clock,
      settings: () => thread.settings,
      registry: () => thread.registry,
      local: () => thread.homes,
      pullOf: (key) => thread.pullOf(key),
      peer: (index) => this.#peers.get(index),
      find: (keys) => this.#main.ask('find', keys),
      done: (key) => this.tell({ say: 'done', key }),
    });
    return this.#homes;
  }

  /** Streams that are always wanted are spread over the workers. */
  keeps(key: string): boolean {
    return this.#kept.has(key);
  }

  admit(session: string, address: string | null): Promise<Denial | undefined> {
    return this.#main.ask('admit', session, address);
  }

  move(session: string, address: string | null): Promise<Denial | undefined> {
    return this.#main.ask('move', session, address);
  }

  onAccepted({ id, role }: Session): void {
    this.tell({ say: 'accepted', session: id, isPlayer: role !== 'publisher' && role !== 'caller' });
  }

  onIdle({ id }: Session): void {
    this.tell({ say: 'idle', session: id });
  }

  onClosed({ id }: Session): void {
    this.tell({ say: 'closed', session: id });
  }

  /** Should this worker die, the main thread says what was published here. */
  onBegun(activity: AcceptedActivity): void {
    this.#tellPublishing(activity, false);
  }

  onOver(activity: AcceptedActivity): void {
    this.#tellPublishing(activity, true);
  }

  tunnelAt(index: number, tunnel: string, address: string): TunnelEntrance | undefined {
    return this.#peers.get(index)?.tunnels.entrance(tunnel, address);
  }

  liveStreams(): Promise<readonly string[]> {
    return this.#main.ask('liveStreams');
  }

  onStreamLive({ key }: LiveStream): void {
    this.tell({ say: 'published', key, isPublished: true });
  }

  onStreamMoved(stream: LiveStream): void {
    this.onStreamLive(stream);
  }

  onStreamAway(stream: LiveStream): void {
    this.onStreamEnded(stream);
  }

  onStreamEnded({ key }: LiveStream): void {
    this.tell({ say: 'published', key, isPublished: false });
  }

  #tellPublishing({ verb, key: stream, session }: AcceptedActivity, isOver: boolean): void {
    if (verb !== 'publish') return;
    const { id: connection, peer, protocol, client } = session;
    const publication = { connection, peer, protocol, client: client === '' ? null : client, stream };
    this.tell({ say: 'publishing', publication, isOver });
  }

  /** Tells the main thread. */
  tell(message: ToMain): void {
    this.#port.postMessage(message);
  }

  /** Acts on what the main thread says, once the relay runs. */
  onMessage(message: Exclude<ToWorker, { say: 'logged' | 'access-logged' }>, relay: Relay): void {
    switch (message.say) {
      case 'ask':
        void answer(this.#answers(relay), message).then((reply) => this.tell(reply));
        return;
      case 'answer':
        this.#main.onAnswer(message);
        return;
      case 'home':
        this.#onHome(message.key, message.home, message.isKept, relay);
        return;
      case 'peer':
        this.#onPeer(message.index, message.port, relay);
        return;
      case 'evict':
        relay.evict(message.session, message.why);
        return;
      case 'block':
        this.#blocked.add(message.group, message.ms);
        return;
      case 'invite':
        relay.invite();
        return;
      case 'inherit':
        relay.inherit(message.sockets);
        return;
      case 'follow':
        this.#onFollow(message.isFollowed, relay);
        return;
      case 'store':
        void relay.recording.connect(message.socket);
        return;
      case 'ticket-key':
        this.ticketKey.replace(message.bytes);
        return;
      case 'bans':
        this.bans.replace(message.bans);
        return;
      case 'welcome':
        relay.member.welcome(message.whom, message.reconnectUrl);
        return;
      case 'log-level':
        relay.changed.logBy(message.level);
        return;
      default:
        message satisfies never;
    }
  }

  /** The answer brings the home of the stream along, so that nobody has to ask for it. */
  #join(id: number, join: Join): Promise<Joined | Refusal> {
    const asked = this.#main.ask('join', id, join);
    return this.#homes?.learn(join.key, asked) ?? asked;
  }

  #onFollow(isFollowed: boolean, relay: Relay): void {
    this.#stopFollowing();
    this.#stopFollowing = () => {};
    if (!isFollowed) return;
    const batches = new EventBatches(this.#clock, (events) => this.tell({ say: 'events', events }));
    const leave = relay.follow((event) => batches.tell(event));
    this.#stopFollowing = () => {
      leave();
      batches.close();
    };
  }

  #onPeer(index: number, port: MessagePort, relay: Relay): void {
    this.#peers.get(index)?.close();
    const peer = new PeerWorker(port, {
      clock: this.#clock,
      registry: relay.thread.registry,
      codec: this.#codec,
      limits: relay.thread.settings.fanOut,
      use: (key) => this.#homes?.use(key),
      demand: (key) => relay.thread.homes.at(key).demand(relay.thread.pullOf(key)),
      findTunnel: (tunnel, address) => relay.thread.tunnels.kept(tunnel, address),
      onGone: () => {
        if (this.#peers.get(index) !== peer) return;
        this.#peers.delete(index);
        this.#homes?.onPeerGone(index);
      },
    });
    this.#peers.set(index, peer);
    this.#homes?.onPeer(index);
  }

  #onHome(key: string, home: number, isKept: boolean, relay: Relay): void {
    this.#homes?.onHome(key, home);
    if (!isKept || home !== this.#start.index) return;
    this.#kept = new Set([...this.#kept, key]);
    relay.keepWanted();
  }

  #answers(relay: Relay): WorkerAnswers {
    return {
      measure: (extent) => this.#orLogged(relay.snapshot(extent).then((snapshot) => ({ snapshot }))),
      streams: (wish) => this.#orLogged(relay.streams(wish)),
      sessions: (wish) => this.#orLogged(relay.sessions(wish)),
      session: (id) => this.#orLogged(relay.session(id)),
      upstreams: (wish) => this.#orLogged(relay.upstreams(wish)),
      forwards: (wish) => this.#orLogged(relay.forwards(wish)),
      playerCounts: () => this.#orLogged(relay.playerCounts()),
      streamsOf: (keys) => this.#orLogged(relay.streamsOf(keys)),
      hookStates: () => this.#orLogged(relay.hookStates()),
      factsOf: (key) => this.#orLogged(relay.factsOf(key)),
      threadStatus: () => this.#orLogged(relay.threadStatus()),
      configure: (settings, kept, by) => {
        this.#kept = new Set(kept);
        return relay.configure(settings, by).then(() => undefined, problemOf);
      },
      handOver: (path) => this.#orLogged(relay.handOver(path)),
      goByAdditions: async (additions, kept) => {
        this.#kept = new Set(kept);
        relay.changed.goByAdditions(additions);
        return true;
      },
      ownersOf: (filter) => relay.changed.ownersOf(filter),
      endSessions: (filter, reason) => relay.changed.endSessions(filter, reason),
      callClient: (session, call) => this.#orLogged(relay.changed.callClient(session, call)),
      sendData: (stream, data) => this.#orLogged(relay.changed.sendData(stream, data)),
      startRecording: async (key, order) => relay.recording.start(key, order),
      stopRecording: async (key) => relay.recording.stop(key),
      houseReport: (isWhole) => this.#orLogged(relay.member.report(isWhole)),
      drain: (wish) => this.#orLogged(relay.windDown(wish)),
      close: () => this.#orLogged(relay.close().finally(() => this.#log.catchUp())),
    };
  }

  /** What fails is logged and answered all the same. */
  #orLogged<T>(answered: Promise<T>): Promise<T | undefined> {
    return answered.catch((error: unknown) => {
      this.#log.error('bug', bugText(error));
      return undefined;
    });
  }
}

function problemOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
