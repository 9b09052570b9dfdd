import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { CertificateFolder, type TestCertificate } from '../../test/support/certificates.ts';
import { freePorts } from '../../test/support/free-port.ts';
import { bbbAsfPath, bbbPath } from '../../test/support/media.ts';
import { Random } from '../../test/support/swarm/random.ts';
import { Audience } from './audience.ts';
import { HOST, linkOf, relayConfig, startHouse, startOrigin } from './cast.ts';
import type { CpuBudget } from './cpu-budget.ts';
import { HookBackEnd } from './hook-back-end.ts';
import { Programme } from './programme.ts';
import type { RestartingServer } from './restarting-server.ts';
import { SoakedRelay } from './soaked-relay.ts';
import { SteadySeats } from './steady-seats.ts';

/** So long a stream waits for a publisher that is cut; rounds that are short are not to wait for it, milliseconds. */
const GRACE_MS = 3000;
const SHORT_GRACE_MS = 500;

/** What is to be there beside one relay. */
export interface StageWish {
  /** A second relay, with two workers. */
  readonly crew: boolean;
  /** Two relays that they pull from. */
  readonly origins: boolean;
  /** A house that directs them. */
  readonly house: boolean;
}

/** Certificates of an authority that this process trusts: at `place` is what listeners show, now one of the others, now the other. */
export interface StageCertificates {
  readonly folder: CertificateFolder;
  readonly place: TestCertificate;
  readonly others: readonly TestCertificate[];
}

/** A relay under soak, and who plays there all the time. */
export interface StageRelay {
  readonly relay: SoakedRelay;
  readonly seats: SteadySeats;
  /** Players who come and go. */
  readonly guests: Audience;
}

/** All that takes part in a soak. Whoever comes in between goes before the stage is closed. */
export class Stage implements AsyncDisposable {
  readonly random: Random;
  readonly budget: CpuBudget;
  readonly certificates: StageCertificates;
  readonly hook: HookBackEnd;
  readonly origins: readonly RestartingServer[];
  readonly house: RestartingServer | undefined;
  readonly relays: readonly StageRelay[];
  readonly #stack: AsyncDisposableStack;
  readonly #steady: AsyncDisposableStack;

  private constructor(
    parts: Pick<Stage, 'random' | 'budget' | 'certificates' | 'hook' | 'origins' | 'house' | 'relays'>,
    steady: AsyncDisposableStack,
    stack: AsyncDisposableStack,
  ) {
    this.random = parts.random;
    this.budget = parts.budget;
    this.certificates = parts.certificates;
    this.hook = parts.hook;
    this.origins = parts.origins;
    this.house = parts.house;
    this.relays = parts.relays;
    this.#steady = steady;
    this.#stack = stack;
  }

  /** @param logFolder - where logs are written; undefined: nowhere */
  static async open(
    wish: StageWish,
    { seed, atOnce }: { readonly seed: number; readonly atOnce: boolean },
    budget: CpuBudget,
    logFolder: string | undefined,
  ): Promise<Stage> {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(await CertificateFolder.make());
    const certificates = await makeCertificates(folder);
    const hook = stack.use(await HookBackEnd.start());
    if (logFolder !== undefined) await mkdir(logFolder, { recursive: true });
    const logOf = (name: string) => (logFolder === undefined ? undefined : join(logFolder, `${name}.log`));
    const names = wish.crew ? ['single', 'crew'] : ['single'];
    const ports = await freePorts(2 * names.length + 2 + 2);
    const [houseRtmp = 0, houseHttp = 0, originA = 0, originB = 0, ...relayPorts] = ports;

    const origins: RestartingServer[] = [];
    if (wish.origins)
      for (const [name, rtmp] of [
        ['origin-a', originA],
        ['origin-b', originB],
      ] as const)
        origins.push(stack.use(await startOrigin(name, rtmp, folder, logOf(name))));

    const places = names.map((name, at) => ({
      name,
      rtmp: relayPorts[2 * at] ?? 0,
      http: relayPorts[2 * at + 1] ?? 0,
    }));
    const house = wish.house
      ? stack.use(await startHouse(houseRtmp, houseHttp, places, [originA, originB], folder, logOf('house')))
      : undefined;

    const relays: StageRelay[] = [];
    for (const { name, rtmp, http } of places) {
      const config = {
        ...relayConfig(certificates.place, rtmp, http, hook.url, [originA, originB]),
        workers: name === 'crew' ? 2 : 1,
        publish: { graceMs: atOnce ? SHORT_GRACE_MS : GRACE_MS },
        ...(house === undefined ? {} : { house: await linkOf(name, houseHttp, folder) }),
      };
      const file = folder.file(`${name}.config.json`);
      const relay = stack.use(await SoakedRelay.start(name, file, config, logOf(name)));
      relays.push({ relay, seats: new SteadySeats(), guests: stack.use(new Audience()) });
    }
    const steady = stack.use(new AsyncDisposableStack());
    const random = new Random(seed);
    const parts = { random, budget, certificates, hook, origins, house, relays };
    const stage = new Stage(parts, steady, stack.move());
    await stage.#openSteadily();
    return stage;
  }

  /** Ends what was there all the time; the servers go on. */
  async quiet(): Promise<void> {
    await this.#steady.disposeAsync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  async #openSteadily(): Promise<void> {
    const steady = this.#steady;
    for (const origin of this.origins)
      for (const key of ['pull/steady', 'pull/other'])
        steady.use(await Programme.start(bbbPath, `rtmp://${HOST}:${origin.port('rtmp')}/${key}`));
    for (const { relay, seats } of this.relays) {
      const at = (listener: string) => `${HOST}:${relay.port(listener)}`;
      steady.use(await Programme.start(bbbPath, `rtmp://${at('rtmp')}/${relay.key('live', 'steady')}`));
      steady.use(await Programme.start(bbbPath, `rtmps://${at('rtmps')}/${relay.key('hooked', 'steady')}`));
      steady.use(
        await Programme.start(bbbAsfPath, `http://${at('http')}/${relay.key('streams', 'steady')}_push`),
      );
      steady.use(seats);
      for (const url of relay.waysTo(relay.key('live', 'steady'), 'flv')) await seats.seat(url);
      for (const url of relay.waysTo(relay.key('streams', 'steady'), 'asf')) await seats.seat(url);
      await seats.seat(`http://${at('http')}/${relay.key('hooked', 'steady')}.flv`);
      if (this.origins.length > 0) await seats.seat(`rtmp://${at('rtmp')}/pull/steady`, 'counter');
    }
  }
}

async function makeCertificates(folder: CertificateFolder): Promise<StageCertificates> {
  const issuer = await folder.certificate('authority');
  const others = [await folder.certificate('one', { issuer }), await folder.certificate('other', { issuer })];
  const place = await folder.certificate('place', { issuer });
  setDefaultCACertificates([...getCACertificates('bundled'), await readFile(issuer.certFile, 'utf8')]);
  return { folder, place, others };
}
