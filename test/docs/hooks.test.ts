import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readHookAnswer } from '../../src/service/hooks/asked/hook-answer.ts';
import { callBody, readCallAnswer } from '../../src/service/hooks/asked/hook-call.ts';
import { hookQuestionOf } from '../../src/service/hooks/asked/hook-question.ts';
import { signatureHeaders } from '../../src/service/hooks/hook-signature.ts';
import { ownDialect } from '../../src/service/hooks/own-dialect.ts';
import { eventBody, withLosses } from '../../src/service/hooks/telling/event-body.ts';
import type { ToldEvent } from '../../src/service/hooks/telling/told-event.ts';
import { playerLeftReasons } from '../../src/session/session.ts';
import { questionOf } from '../support/access-question.ts';
import { FakeFile } from '../support/fake-store.ts';
import { hookSubject } from '../support/hook-subject.ts';
import { codeBlocks, quoted, readText, tableRows } from '../support/markdown.ts';

const page = readText('docs/hooks.md');
const blocks = codeBlocks(page);

interface Schema {
  readonly properties: Readonly<Record<string, unknown>>;
}

function schemaOf(name: string): Schema {
  return JSON.parse(readText(`docs/hooks/${name}.schema.json`)) as Schema;
}

const questionSchema = schemaOf('question');
const answerSchema = schemaOf('answer');
const question = z.fromJSONSchema(questionSchema as never);
const answer = z.fromJSONSchema(answerSchema as never);

/** The body of a question, as it is sent. */
function bodyOf(asked: Parameters<typeof questionOf>[0]): unknown {
  const sent = hookQuestionOf(questionOf(asked), (query) => query);
  if (sent === undefined) throw new Error('no question for hooks');
  return JSON.parse(ownDialect('ottawa', () => {}).question(sent).body);
}

describe('what is sent', () => {
  test.each([
    { verb: 'connect', key: '', application: { name: 'live', seeks: 'play', args: '[true,"x"]' } },
    { verb: 'publish' },
    { verb: 'play', origin: 'https://example.com', identity: 'ann', isTls: true, client: 'x' },
    { verb: 'play', intent: 'again', protocol: 'ws-flv' },
  ] as const)('about %j is as the schema says', (asked) => {
    expect(question.safeParse(bodyOf(asked)).error?.issues ?? []).toEqual([]);
  });

  test('has the fields of the table and of the example, and no others', () => {
    const application = { name: 'live', seeks: 'play', args: '[]' } as const;
    const fields = Object.keys(bodyOf({ verb: 'connect', intent: 'again', application }) as object);
    const rows = tableRows(page, 'field').map(([name]) => quoted(name));
    expect(rows).toEqual(fields);
    expect(Object.keys(questionSchema.properties)).toEqual(fields);
    const example = JSON.parse(blocks.find(({ text }) => text.includes('"address"'))?.text ?? '');
    expect(question.safeParse(example).error?.issues ?? []).toEqual([]);
  });
});

describe('what is answered', () => {
  const rows = tableRows(page, 'field of the answer').map(([name]) => quoted(name));

  test('has a row for each field of the schema', () => {
    expect(rows).toEqual(Object.keys(answerSchema.properties));
  });

  test('is understood as in the example', () => {
    const example = blocks.find(({ text }) => text.includes('"playForMs"'))?.text ?? '';
    const unknown: string[] = [];
    const read = readHookAnswer(example, (field) => unknown.push(field));
    expect(read).toMatchObject({
      allow: true,
      rename: 'live/cam1-hd',
      identity: 'ann',
      limits: { players: 2 },
    });
    expect(unknown).toEqual([]);
    expect(answer.safeParse(JSON.parse(example)).error?.issues ?? []).toEqual([]);
  });

  test.each([
    { allow: false, message: 'no' },
    { redirect: 'rtmps://b.example/live/a' },
    { allow: true, until: '2026-05-04T18:00:00Z', recheckMs: 1000, cacheForMs: 0 },
    { allow: 1 },
    { allow: true, limits: { players: -1 } },
    { allow: true, recheckMs: 1 },
    { redirect: 'ftp://b.example/live/a' },
  ])('%j is right or wrong by the schema as it is to the relay', (value) => {
    const read = readHookAnswer(JSON.stringify(value), () => {});
    expect(answer.safeParse(value).success).toBe(!('unusable' in read));
  });
});

describe('a call', () => {
  const page = readText('docs/calls.md');
  const blocks = codeBlocks(page);
  const call = schemaOf('call');
  const callAnswer = schemaOf('call-answer');
  const client = {
    ...{ session: 'c7', protocol: 'rtmp', address: '192.0.2.1', software: 'x', isTls: false },
    ...{ identity: undefined, origin: undefined, connect: undefined },
  };
  const { signal } = new AbortController();

  test('is asked as the schema, the table and the example say', () => {
    const { body } = callBody({ name: 'f', args: [undefined], client, signal }, 'ottawa');
    const schema = z.fromJSONSchema(call as never);
    const example = JSON.parse(blocks.find(({ text }) => text.includes('"addVote"'))?.text ?? '');
    expect(schema.safeParse(JSON.parse(body)).error?.issues ?? []).toEqual([]);
    expect(schema.safeParse(example).error?.issues ?? []).toEqual([]);
    const rows = tableRows(page, 'field of a call').flatMap(([names]) =>
      (names ?? '').split(', ').map((name) => quoted(name)),
    );
    expect(rows).toEqual(Object.keys(JSON.parse(body)));
    expect(Object.keys(call.properties)).toEqual(rows);
  });

  test('is answered as the schema and the table say', () => {
    const rows = tableRows(page, 'field of the answer').map(([name]) => quoted(name));
    expect(rows).toEqual(Object.keys(callAnswer.properties));
  });

  test.each([
    { result: null },
    { allow: false, message: 'no', code: 'App.No', details: [1] },
    { allow: true },
    { allow: false, code: 'a b' },
    { allow: 1 },
  ])('answered with %j is right or wrong by the schema as it is to the relay', (value) => {
    const read = readCallAnswer({
      is: 'answer',
      status: 200,
      location: undefined,
      text: JSON.stringify(value),
    });
    const schema = z.fromJSONSchema(callAnswer as never);
    expect(schema.safeParse(value).success).toBe(!('unusable' in read));
  });
});

test('the example checks what the relay signs, and refuses what is changed or old', async () => {
  const code = blocks.find(({ info }) => info === 'js')?.text ?? '';
  const { isSigned } = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as {
    isSigned(headers: object, body: string, secret: string): boolean;
  };
  const secret = 'sixteen letters!';
  const headers = signatureHeaders(secret, 'e1', Date.now(), '{}');
  expect(isSigned(headers, '{}', secret)).toBe(true);
  expect(isSigned(headers, '{} ', secret)).toBe(false);
  expect(isSigned({ ...headers, 'webhook-id': 'e2' }, '{}', secret)).toBe(false);
  expect(isSigned(headers, '{}', 'another secret!!')).toBe(false);
  expect(isSigned(signatureHeaders(secret, 'e1', Date.now() - 301_000, '{}'), '{}', secret)).toBe(false);
  expect(isSigned({}, '{}', secret)).toBe(false);
});

describe('what is told', () => {
  const quiet = { onBegun() {}, onDrain() {}, onEnd() {} };
  const event = z.fromJSONSchema(schemaOf('event') as never);
  const head = { id: 'x', atMs: 0, stream: 'live/a' };
  const ofSession = { ...head, subject: hookSubject(), durationMs: 5, bytes: 7 };
  const url = 'rtmp://other.example/live/***';
  const { recording } = new FakeFile(
    { stream: 'live/a', family: 'FLV', run: 'new', by: 'settings' },
    quiet,
    1,
  );
  const activityEnds = [...playerLeftReasons, 'replaced'] as const;
  const told: readonly ToldEvent[] = [
    ...(['publish', 'play', 'playback'] as const).map((name) => ({
      event: name,
      ...ofSession,
      activity: name,
    })),
    { event: 'recheck', ...ofSession, activity: 'play' },
    ...activityEnds.flatMap((reason) =>
      (['unpublish', 'stop'] as const).map((name) => ({ event: name, ...ofSession, reason })),
    ),
    { event: 'streamUp', ...head, durationMs: undefined },
    { event: 'streamDown', ...head, durationMs: 9 },
    ...(['upstreamUp', 'forwardUp'] as const).map((name) => ({
      ...{ event: name, ...head, url, why: undefined, durationMs: undefined },
    })),
    ...(['upstreamDown', 'forwardDown'] as const).map((name) => ({
      ...{ event: name, ...head, url, why: 'gone', durationMs: 1 },
    })),
    {
      event: 'recordingBegun',
      ...head,
      recording,
      outcome: undefined,
      why: undefined,
      durationMs: undefined,
    },
    { event: 'recordingDone', ...head, recording, outcome: 'lost', why: 'gone', durationMs: 1 },
    { event: 'recordingGap', ...head, frames: 3, durationMs: undefined },
    { event: 'recordingsDown', ...head, stream: '', state: 'slow', why: 'slow', durationMs: undefined },
    { event: 'recordingUploaded', ...head, recording, outcome: undefined, why: undefined, durationMs: 1 },
    { event: 'recordingNotUploaded', ...head, recording, outcome: undefined, why: 'gone', durationMs: 1 },
    { event: 'uploadsDown', ...head, stream: '', why: 'refused', durationMs: undefined },
    { event: 'uploadsUp', ...head, stream: '', why: undefined, durationMs: undefined },
    { event: 'recordingsUp', ...head, stream: '', state: 'ok', why: undefined, durationMs: undefined },
  ];
  const bodies = told.map((each) => eventBody(each, 'ottawa'));

  test.each(bodies)('is as the schema says: $event $reason', (body) => {
    expect(event.safeParse(body).error?.issues ?? []).toEqual([]);
    expect(event.safeParse(JSON.parse(withLosses(JSON.stringify(body), 2))).success).toBe(true);
  });

  test('has the fields of the table, and no others', () => {
    const fields = new Set([...bodies.flatMap((body) => Object.keys(body)), 'lost']);
    const rows = tableRows(page, 'field of an event').flatMap(([names]) =>
      (names ?? '').split(', ').map((name) => quoted(name)),
    );
    expect(rows.sort()).toEqual([...fields].sort());
  });

  test('is understood as in the example', () => {
    const example = blocks.find(({ text }) => text.includes('"event": "unpublish"'))?.text ?? '';
    expect(event.safeParse(JSON.parse(example)).error?.issues ?? []).toEqual([]);
  });
});
