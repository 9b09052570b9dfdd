import { expect, test } from 'vitest';
import { reload } from '../../../../src/commands/ctl/changing/reload.ts';
import { ctlCall } from '../../../support/ctl-call.ts';
import { ScriptedApi } from '../../../support/scripted-api.ts';

test('says which settings wait for a restart', async () => {
  await using admin = await ScriptedApi.start({
    'POST reload': { json: { restartNeeded: ['listen.rtmp.port', 'workers'] } },
  });
  const call = ctlCall(admin);
  await reload(call);
  expect(call.written).toEqual([
    'the configuration was read again',
    'changed, but waiting for a restart:',
    '  listen.rtmp.port',
    '  workers',
  ]);
});

test('a configuration with faults is refused with each of them', async () => {
  const faults = [{ source: 'relay.config.json:3:5', path: 'workers', problem: 'expected 1 to 64' }];
  await using admin = await ScriptedApi.start({
    'POST reload': { status: 422, json: { error: 'config', message: 'it has faults', faults } },
  });
  await expect(reload(ctlCall(admin))).rejects.toThrow(
    /\nrelay\.config\.json:3:5: workers: expected 1 to 64$/,
  );
});
