import { hash } from 'node:crypto';
import { reconnectUrlProblem } from '../../../../config/media-url-problems.ts';
import { normalizeAddress } from '../../../../config/networks.ts';
import { bugText } from '../../../../errors.ts';
import { type Log, printable } from '../../../../log.ts';
import { withPort } from '../../../../media-url.ts';
import type { Connect } from '../../../../session/upstream/server-connector.ts';
import type { Clock } from '../../../../stream/clock.ts';
import type { RelayControl } from '../../../admin/relay-control.ts';
import type {
  BansInstruction,
  DrainInstruction,
  Instruction,
  KickInstruction,
} from '../../../fleet-link/house-message.ts';
import { MAX_CHARACTERS } from '../../../fleet-link/link-limits.ts';
import type { Acknowledgement } from '../../../fleet-link/relay-message.ts';
import type { GivenConfig, GoBy } from '../given/given-config.ts';
import type { HouseMember } from '../house-member.ts';
import { sessionOfPlayer } from '../player-news.ts';
import { measureRoundTrips } from './round-trips.ts';

/** So many instructions are remembered: one that comes again is answered as before. */
const MAX_REMEMBERED = 500;

/** So many are carried out at a time; of more the house is told to wait. */
const MAX_AT_A_TIME = 64;

/** What instructions are carried out with. */
export interface ObedienceHost {
  readonly clock: Clock;
  readonly log: Log;
  readonly relay: Pick<RelayControl, 'changes' | 'process'> & { readonly member: HouseMember };
  readonly given: GivenConfig;
  readonly goBy: GoBy;
  /** To other relays. */
  readonly connect: Connect;
  /** Milliseconds since 1970; default: the machine's time. */
  readonly wallMs?: () => number;
}

/** Where those are asked to go who can. @throws Unable where that is no URL to send them to */
function reconnectUrlOf({ reconnectUrl }: DrainInstruction): string | null {
  if (reconnectUrl === null) return null;
  const problem = reconnectUrlProblem(reconnectUrl);
  if (problem !== undefined) throw new Unable(`reconnectUrl: ${problem}`);
  return withPort(reconnectUrl);
}

type Outcome = Omit<Acknowledgement, 'type' | 'id' | 'problem'>;

/** An instruction cannot be carried out; the message says why. */
class Unable extends Error {
  override readonly name = 'Unable';
}

/** Does what a house tells the relay to do, each thing once however often it is told. */
export class Obedience {
  readonly #host: ObedienceHost;
  /** By a hash of the instruction, which may have a megabyte; the oldest first. */
  readonly #answers = new Map<string, Promise<Acknowledgement>>();
  #underWay = 0;

  constructor(host: ObedienceHost) {
    this.#host = host;
  }

  /** Never rejects. */
  obey(instruction: Instruction): Promise<Acknowledgement> {
    const name = hash('sha256', JSON.stringify(instruction), 'base64');
    const before = this.#answers.get(name);
    if (before !== undefined) return before;
    const answer = this.#answer(instruction);
    this.#answers.set(name, answer);
    const [oldest] = this.#answers.size > MAX_REMEMBERED ? this.#answers.keys() : [];
    if (oldest !== undefined) this.#answers.delete(oldest);
    return answer;
  }

  async #answer(instruction: Instruction): Promise<Acknowledgement> {
    const { id, type: what } = instruction;
    const { log } = this.#host;
    try {
      if (this.#underWay >= MAX_AT_A_TIME) throw new Unable('too many instructions at a time');
      this.#underWay++;
      const outcome = await this.#carryOut(instruction).finally(() => {
        this.#underWay--;
      });
      if (what !== 'bans' && what !== 'measure')
        log.info('house-order', `the house has said ${what}: done`, { what, outcome: 'done' });
      return { type: 'ack', id, problem: null, ...outcome };
    } catch (error) {
      const problem = printable((error as Error).message, MAX_CHARACTERS.problem - 100);
      log.warn('house-order', `the house has said ${what}: ${problem}`, { what, outcome: 'failed' });
      if (!(error instanceof Error)) log.error('bug', bugText(error));
      return { type: 'ack', id, problem };
    }
  }

  async #carryOut(instruction: Instruction): Promise<Outcome> {
    const { relay, given, goBy, clock, connect } = this.#host;
    switch (instruction.type) {
      case 'config':
        await given.give(instruction, goBy);
        return {};
      case 'kick':
        return { ended: await this.#kick(instruction) };
      case 'bans':
        relay.member.keepOut(this.#left(instruction.bans));
        await given.ban(instruction.bans);
        return {};
      case 'drain':
        relay.member.welcome('relays', reconnectUrlOf(instruction));
        return {};
      case 'resume':
        relay.member.welcome('everybody', null);
        return {};
      case 'reload':
        await this.#reload();
        return {};
      case 'measure':
        return { roundTrips: await measureRoundTrips(instruction.targets, clock, connect) };
      default:
        return instruction satisfies never;
    }
  }

  /** Bans of the house, in the relay's time: until when they hold both know by the time of day. */
  #left(bans: BansInstruction['bans']): Parameters<HouseMember['keepOut']>[0] {
    const now = (this.#host.wallMs ?? Date.now)();
    return bans.flatMap(({ until, ...ban }) => (until > now ? [[ban, until - now] as const] : []));
  }

  async #kick({ session, uid, identity, address, stream, reason }: KickInstruction): Promise<number> {
    const filter = {
      ...(session === null ? {} : { session: sessionOfPlayer(session) }),
      ...(uid === null ? {} : { uid }),
      ...(identity === null ? {} : { identity }),
      ...(address === null ? {} : { address: normalizeAddress(address) }),
      ...(stream === null ? {} : { key: stream }),
    };
    if (Object.keys(filter).length === 0) throw new Unable('expected whom to end');
    return this.#host.relay.changes.kick(filter, undefined, printable(reason, MAX_CHARACTERS.label));
  }

  async #reload(): Promise<void> {
    const { process } = this.#host.relay;
    if (process === undefined) throw new Unable('this relay is a part of another program');
    const outcome = await process.reload();
    if ('faults' in outcome) throw new Unable(outcome.faults.join('; '));
  }
}
