import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { FaultReport } from '../../bench/faults/fault-report.ts';
import { whyNoMachines } from '../support/networks/machine.ts';
import { temporaryFolder } from '../support/packages.ts';
import { runTool } from '../support/run-tool.ts';

const faults = fileURLToPath(new URL('../../bench/faults/faults.ts', import.meta.url));
const none = { missing: 0, doubled: 0, disordered: 0, shifted: 0, unknown: 0 };

describe.skipIf(whyNoMachines !== undefined)(
  whyNoMachines ?? 'a chain of two hops, two upstreams each',
  () => {
    test('loses no frame when a relay is killed, frozen or drained, a link cut or broken', async () => {
      await using folder = await temporaryFolder();
      const few = [
        '--faults',
        '5',
        '--hops',
        '2',
        '--longest',
        '2.5',
        '--seconds-between',
        '0.5',
        '--seed',
        '12',
      ];
      await using tool = runTool(process.execPath, [faults, ...few, '--out', folder.path], {
        timeLimitMs: 110_000,
      });
      await tool.exited;
      const report = JSON.parse(await readFile(join(folder.path, 'faults.json'), 'utf8')) as FaultReport;
      const [chain] = report.chains;
      expect(chain?.gaveUp, tool.stderr).toBeUndefined();
      expect(chain?.faults.flatMap((found) => found.faults.map(({ kind }) => kind)).sort()).toEqual([
        'cut',
        'drain',
        'freeze',
        'kill',
        'loss',
      ]);
      for (const protocol of ['rtmp', 'http'])
        expect(chain?.totals[protocol], tool.stderr).toMatchObject(none);
      expect(chain?.witness.map(({ losses }) => losses)).toEqual([none, none]);
      const letGo = chain?.faults.flatMap(({ players }) =>
        Object.values(players).flatMap((found) => found.letGo),
      );
      expect(letGo).toEqual([]);
      expect(chain?.complaints).toEqual([]);
    }, 120_000);
  },
);
