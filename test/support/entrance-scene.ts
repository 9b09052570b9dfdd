import { BanLedger } from '../../src/service/access/bans/ban-ledger.ts';
import type { PermitWish } from '../../src/service/house/access/permits.ts';
import type { Choice, Chooser, Seeking } from '../../src/service/house/choosing/choice.ts';
import { Dispatch, type DispatchParts } from '../../src/service/house/entrance/dispatch.ts';
import { SendingGate } from '../../src/service/house/entrance/sending-gate.ts';
import type { AccessRequest, Verdict } from '../../src/session/access.ts';
import { FakeClock } from './fake-clock.ts';
import { grantOf } from './session-scene.ts';

/** A gate that sends everybody to the relay paris, whatever it is asked for; a test may replace what is said. */
export class EntranceScene {
  readonly clock: FakeClock = new FakeClock();
  /** What was asked of the chooser; a look begins with `?`. */
  readonly sought: string[] = [];
  readonly signed: PermitWish[] = [];
  released = 0;
  toldWhom = false;
  /** What the rules say; by default yes. */
  judge: (request: AccessRequest) => Verdict = ({ readings: [reading], path }) => ({
    ...grantOf(reading?.key ?? '', path),
    query: reading?.query ?? '',
    release: () => {
      this.released++;
    },
  });
  choice: (seeking: Seeking) => Choice = ({ stream, way }) => ({
    relay: 'paris',
    url: `${way}://paris/${stream}`,
    by: 'priority',
  });
  readonly bans: BanLedger = new BanLedger(this.clock);
  readonly gate: SendingGate;

  constructor(rtmpMode: 'proxy' | 'redirect' = 'proxy', mmshMode: typeof rtmpMode = 'proxy') {
    const note = (seeking: Seeking, mark = ''): Choice => {
      const { verb, stream, address, way } = seeking;
      this.sought.push(`${mark}${verb} ${stream} from ${address} by ${way}`);
      return this.choice(seeking);
    };
    const chooser: Chooser = {
      choose: (seeking) => note(seeking),
      look: (seeking) => note(seeking, '?'),
      explain: (seeking) => ({ choice: note(seeking, '?'), relays: [] }),
    };
    const permits: DispatchParts['permits'] = {
      joinMs: 60_000,
      sign: (wish) => {
        this.signed.push(wish);
        return 'permit=signed';
      },
    };
    const rules = {
      ask: async (request: AccessRequest) => this.judge(request),
      publicKeyOf: (key: string) => key,
      publicQuery: (query: string) => query.replace(/(^|&)(?:key|permit)=[^&]*/g, ''),
    };
    const isToldWhom = (): boolean => this.toldWhom;
    this.gate = new SendingGate(
      { rules, bans: this.bans, dispatch: new Dispatch({ clock: this.clock, chooser, permits, isToldWhom }) },
      { rtmpMode, mmshMode },
    );
  }

  ask(request: AccessRequest): Promise<Verdict> {
    return this.gate.ask(request, new AbortController().signal);
  }
}
