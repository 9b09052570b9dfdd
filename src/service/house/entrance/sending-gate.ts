import type { HouseSettings } from '../../../config/house/house-settings.ts';
import {
  type AccessGate,
  type AccessRequest,
  type Challenge,
  type Grant,
  isRefusal,
  type Refusal,
  type Verdict,
} from '../../../session/access.ts';
import type { BanCheck } from '../../access/bans/ban-ledger.ts';
import { isList } from '../../access/rule.ts';
import type { NamedWay, Seeking, Way } from '../choosing/choice.ts';
import type { BroughtGrant, Destination } from './destination.ts';
import type { Dispatch, Traveller } from './dispatch.ts';
import { speaking, waysForBrought, waysFrom, waysLike } from './ways.ts';

/** How clients come to their relay of whom few or none follow a redirection: through the house, or by one nevertheless. */
export type SendingModes = Pick<HouseSettings, 'rtmpMode' | 'mmshMode'>;

/** What may be done in the fleet, whoever does it. */
export interface FleetRules extends AccessGate {
  /** A query without what was meant for the house, permits among it. */
  publicQuery(query: string): string;
}

/** A user of a front end. */
export interface SentUser extends Omit<Seeking, 'way'> {
  readonly way: NamedWay;
  readonly identity?: string | undefined;
  /** The label of its URL. */
  readonly uid?: string | undefined;
}

/** What a gate needs that sends on. */
export interface SendingGateParts {
  readonly rules: FleetRules;
  readonly dispatch: Pick<Dispatch, 'send'>;
  readonly bans: BanCheck;
}

/** Says who may do what in the fleet, and sends those who may to the relay that is chosen for them. */
export class SendingGate implements AccessGate {
  readonly #parts: SendingGateParts;
  #modes: SendingModes;

  constructor(parts: SendingGateParts, modes: SendingModes) {
    this.#parts = parts;
    this.#modes = modes;
  }

  /** Takes new settings over. */
  configure(modes: SendingModes): void {
    this.#modes = modes;
  }

  publicKeyOf(key: string): string {
    return this.#parts.rules.publicKeyOf?.(key) ?? key;
  }

  async ask(request: AccessRequest, signal: AbortSignal): Promise<Verdict> {
    const { verb, intent, protocol } = request;
    const verdict = await this.#parts.rules.ask(request, signal);
    if (!isGrant(verdict)) return verdict;
    if (verb === 'connect')
      return this.#modes.rtmpMode === 'proxy' ? verdict : this.#redirect(request, verdict, signal);
    if ((verb !== 'play' && verb !== 'publish') || intent === 'again' || isList(request)) return verdict;
    if (this.#isToBeBrought(request)) return this.#bring(request, verdict);
    if (protocol === 'ws-flv') return released(verdict, askFirst(verdict.key));
    return released(verdict, redirected(this.#send(request, verdict, waysFrom(request))));
  }

  #isToBeBrought({ protocol, follows, verb, intent }: AccessRequest): boolean {
    const { rtmpMode, mmshMode } = this.#modes;
    if (protocol === 'rtmp' || protocol === 'rtmpt') return rtmpMode === 'proxy';
    return follows === 'nothing' && verb === 'play' && intent === 'begin' && mmshMode === 'proxy';
  }

  /** Where somebody is to go by a way of its own choice, who goes there by itself. */
  async resolve(
    request: AccessRequest,
    way: NamedWay,
    signal: AbortSignal,
  ): Promise<Destination | Refusal | Challenge> {
    const verdict = await this.#parts.rules.ask(request, signal);
    return isGrant(verdict)
      ? released(verdict, this.#send(request, verdict, waysLike(way, 'play')))
      : verdict;
  }

  /** Where a user is to go whom a front end has let in, which is believed. */
  resolveFor({ verb, stream, address, way, identity, uid }: SentUser): Destination | Refusal {
    const { bans, dispatch } = this.#parts;
    return (
      bans.objectionTo(address, identity) ??
      dispatch.send({
        ...{ verb, stream, address, identity, ways: waysLike(way, verb) },
        until: Number.POSITIVE_INFINITY,
        query: uid === undefined ? '' : `uid=${encodeURIComponent(uid)}`,
        ...{ isBrought: false, isLook: false, isDescription: false, isPermitted: true },
      })
    );
  }

  /** Why whoever shows nothing may not have what he seeks, by the rules; undefined where he may. */
  async objectionTo({ verb, stream, address, way }: Seeking): Promise<string | undefined> {
    const { protocol, isTls } = speaking(way);
    const verdict = await this.#parts.rules.ask(
      {
        ...{ verb, address, protocol, isTls, readings: [{ key: stream, query: '' }], credentials: {} },
        ...{ client: '', origin: undefined, session: '', path: [], intent: 'look' },
      },
      new AbortController().signal,
    );
    return isGrant(verdict) ? released(verdict, undefined) : verdict.description;
  }

  /** Brings the client to its relay, on the connection that it has. */
  #bring(request: AccessRequest, grant: Grant): BroughtGrant | Refusal {
    const destination = this.#parts.dispatch.send({
      ...this.#traveller(request, grant),
      ways: waysForBrought(request),
      isBrought: true,
    });
    return isRefusal(destination) ? released(grant, destination) : { ...grant, destination };
  }

  /**
   * Sends who connects elsewhere at once: where the stream is that it comes for, if it has said so, else where those of its application
   * are. There it has to show for itself what lets it in.
   */
  async #redirect(request: AccessRequest, connected: Grant, signal: AbortSignal): Promise<Verdict> {
    const { application } = request;
    const { dispatch, rules } = this.#parts;
    connected.release();
    if (application === undefined) return noApplication;
    const { name, seeks, stream } = application;
    const ways = waysFrom(request);
    if (stream === undefined) {
      const about = this.#traveller({ ...request, verb: seeks }, { ...connected, key: name });
      return redirected(dispatch.send({ ...about, ways, isPermitted: false }));
    }
    const about = { ...request, verb: seeks, readings: [{ key: stream, query: connected.query }] };
    const verdict = await rules.ask(about, signal);
    return isGrant(verdict) ? released(verdict, redirected(this.#send(about, verdict, ways))) : verdict;
  }

  #send(request: AccessRequest, grant: Grant, ways: readonly Way[]): Destination | Refusal {
    return this.#parts.dispatch.send({ ...this.#traveller(request, grant), ways });
  }

  #traveller(
    { verb, address, intent, isDescription = false }: AccessRequest,
    grant: Grant,
  ): Omit<Traveller, 'ways'> {
    const { key: stream, query, identity, until, path } = grant;
    return {
      verb: verb === 'publish' ? verb : path.length > 0 ? 'relay' : 'play',
      ...{ stream, address, identity, until },
      query: this.#parts.rules.publicQuery(query),
      isBrought: false,
      isLook: intent === 'look',
      isDescription,
      isPermitted: true,
    };
  }
}

const noApplication: Refusal = {
  refused: 'not-found',
  description: 'say in connect which application it is about',
};

function isGrant(verdict: Verdict): verdict is Grant {
  return 'release' in verdict;
}

/** What is said instead of a grant, which is given back. */
function released<T>(grant: Grant, said: T): T {
  grant.release();
  return said;
}

function redirected(destination: Destination | Refusal): Refusal {
  if (isRefusal(destination)) return destination;
  const { relay, url } = destination;
  return { refused: 'redirected', description: `the stream is at relay ${relay}: ask there`, redirect: url };
}

/** Browsers cannot follow a redirection of a WebSocket, nor read where it leads. */
function askFirst(key: string): Refusal {
  const where = `/api/v1/resolve?protocol=ws-flv&stream=${key.split('/').map(encodeURIComponent).join('/')}`;
  return { refused: 'redirected', description: `ask first at which relay the stream is: GET ${where}` };
}
