import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { Refused } from '../../../../src/commands/ctl/api/refused.ts';
import { eventLine, followEvents } from '../../../../src/commands/ctl/looking/events.ts';
import { plainText } from '../../../../src/commands/ctl/terminal/line.ts';
import { ctlCall } from '../../../support/ctl-call.ts';
import { ScriptedApi } from '../../../support/scripted-api.ts';

test('an event is one line with its facts, whatever a peer has put into it', () => {
  const nowMs = Date.now();
  const at = new Date(nowMs).toISOString();
  const data = JSON.stringify({
    at,
    what: 'live',
    stream: 'live/\x1b[31m',
    source: { type: 'push', protocol: 'rtmp' },
    worker: null,
  });
  const [text = ''] = plainText([eventLine({ id: '1', type: 'stream', data }, nowMs)]);
  expect(text).toMatch(/^\d\d:\d\d:\d\d stream {3}live stream=live\/\\x1b\[31m source=push rtmp$/);
  expect(plainText([eventLine({ id: '', type: 'gap', data: 'no JSON' }, nowMs)])).toEqual([
    ' gap      no JSON',
  ]);
});

test('a warning is its line of the log', () => {
  const data = JSON.stringify({
    at: 'never',
    what: 'hook',
    level: 'warn',
    text: 'hooks.0 is back',
    fields: { a: 1 },
  });
  expect(plainText([eventLine({ id: '1', type: 'warning', data }, 0)])).toEqual([
    '- warning  hooks.0 is back',
  ]);
});

test('goes on behind the last event when the relay is back, until nobody reads', async () => {
  const write = (response: ServerResponse, id: number): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`id: ${id}\nevent: session\ndata: {"what":"begun","id":"c${id}"}\n\n`);
  };
  await using admin = await ScriptedApi.start({
    'GET events': (_asked, response) => {
      write(response, 1);
      response.end();
      admin.answers.set('GET events', (_again, later) => {
        write(later, 2);
        return undefined;
      });
      return undefined;
    },
  });
  const call = ctlCall(admin, { isJson: true });
  const { values } = call;
  const done = followEvents(
    {
      ...call,
      output: {
        ...call.output,
        json: (value) => {
          values.push(value);
          if (values.length === 2) call.close();
        },
      },
    },
    { types: 'session' },
  );
  await done;
  expect(values).toEqual([
    { id: '1', type: 'session', data: { what: 'begun', id: 'c1' } },
    { id: '2', type: 'session', data: { what: 'begun', id: 'c2' } },
  ]);
  expect(admin.asked.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '1']);
});

test('a refusal ends it', async () => {
  await using admin = await ScriptedApi.start({});
  await expect(followEvents(ctlCall(admin), {})).rejects.toThrow(Refused);
});
