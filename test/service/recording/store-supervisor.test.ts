import { expect, test } from 'vitest';
import type { StoreProcess, StoreProcessEvents } from '../../../src/recording/process/start-store.ts';
import type { RecordingStoreSettings } from '../../../src/recording/store/store-settings.ts';
import { StoreSupervisor } from '../../../src/service/recording/store-supervisor.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakeStore } from '../../support/fake-store.ts';
import { RecordingLog } from '../../support/recording-log.ts';

const settings = { folder: '/films', minFreeBytes: 0 } as RecordingStoreSettings;

/** Stores that are started, on a clock driven by hand. */
class Scene {
  readonly clock = new FakeClock();
  readonly log = new RecordingLog();
  readonly started: StoreProcessEvents[] = [];
  readonly sockets: string[] = [];
  readonly did: string[] = [];
  readonly store = new FakeStore();
  /** Why the next one cannot be started; undefined where it can. */
  fault: string | undefined;
  readonly supervisor = new StoreSupervisor(settings, {
    ...{ clock: this.clock, log: this.log },
    start: async (_settings, events) => this.#start(events),
    open: () => Object.assign(this.store, { close: () => this.did.push('close'), destroy() {} }),
    onSocket: (path) => void this.sockets.push(path),
  });

  #start(events: StoreProcessEvents): StoreProcess {
    if (this.fault !== undefined) throw new Error(this.fault);
    this.started.push(events);
    const number = this.started.length;
    return {
      ...{ pid: number, socketPath: `/run/${number}`, ready: Promise.resolve() },
      configure: (changed) => this.did.push(`configure ${changed.minFreeBytes}`),
      stop: async () => void this.did.push('stop'),
      kill: () => {
        this.did.push('kill');
        events.onExit('killed');
      },
    };
  }

  /** Lets time pass, and what it brings about be done. */
  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('tells where the store is reached, each time that one has started', async () => {
  const scene = new Scene();
  await scene.supervisor.start();
  expect([scene.sockets, scene.supervisor.socketPath]).toEqual([['/run/1'], '/run/1']);
  scene.started[0]?.onExit('it was ended by SIGKILL');
  expect([scene.supervisor.link, scene.supervisor.socketPath]).toEqual([undefined, undefined]);
  await scene.pass(500);
  expect(scene.sockets).toEqual(['/run/1', '/run/2']);
  expect(scene.log.find('store-process')[0]?.text).toBe(
    'the store has ended: it was ended by SIGKILL; it is started again in 0.5 s',
  );
});

test('starts one that ends again and again later and later, up to half a minute', async () => {
  const scene = new Scene();
  scene.fault = 'EACCES';
  await scene.supervisor.start();
  const waits = [0.5, 1, 2, 4, 8, 16, 30, 30];
  for (const seconds of waits) await scene.pass(1000 * seconds);
  const told = scene.log.find('store-process').map(({ text }) => /in ([\d.]+) s/.exec(text)?.[1]);
  expect(told.slice(0, waits.length)).toEqual(waits.map(String));
});

test('ends one that does not answer, and starts another', async () => {
  const scene = new Scene();
  await scene.supervisor.start();
  await scene.pass(2000);
  scene.store.isThere = false;
  await scene.pass(2000);
  expect(scene.did).toEqual([]); // once is not enough
  await scene.pass(2000);
  expect(scene.did).toEqual(['kill']);
  scene.store.isThere = true;
  await scene.pass(500);
  expect(scene.sockets).toEqual(['/run/1', '/run/2']);
});

test('gives other settings to the store that runs, and to those that come', async () => {
  const scene = new Scene();
  await scene.supervisor.start();
  scene.supervisor.configure({ ...settings, minFreeBytes: 7 });
  expect(scene.did).toEqual(['configure 7']);
});

test('has it end in good order, and starts none any more', async () => {
  const scene = new Scene();
  await scene.supervisor.start();
  await scene.supervisor.close();
  expect(scene.did).toEqual(['close', 'stop']);
  scene.started[0]?.onExit('');
  await scene.pass(60_000);
  expect(scene.started).toHaveLength(1);
});

test('knows what the process takes as long as it is there', async () => {
  const scene = new Scene();
  await scene.supervisor.start();
  scene.started[0]?.onUsage?.({ cpuSeconds: 2, residentBytes: 7 });
  expect(scene.supervisor.usage).toEqual({ cpuSeconds: 2, residentBytes: 7 });
  scene.started[0]?.onExit('it was ended by SIGKILL');
  expect(scene.supervisor.usage).toBeUndefined();
});
