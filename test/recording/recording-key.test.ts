import { expect, test } from 'vitest';
import {
  isRecordedStream,
  newRecordingId,
  parseRecordingKey,
  recordingKey,
  streamFolders,
} from '../../src/recording/recording-key.ts';

const id = newRecordingId(new Date('2026-11-23T01:27:19.123Z'));

test('an id says when the recording began, and nobody guesses it', () => {
  expect(id).toMatch(/^20261123T012719Z-[\w-]{22}$/);
  expect(newRecordingId(new Date())).not.toBe(newRecordingId(new Date()));
});

test('a key gives its stream and id back, whatever the stream is called', () => {
  for (const stream of ['live/cam1', 'a', 'a/b/c', '..', 'live/..%2f..', 'live/Ünïcödé 🎥', 'recordings/x'])
    expect(parseRecordingKey(recordingKey({ stream, id }))).toEqual({ stream, id });
});

test.each([
  ['live/cam1'],
  ['recordings'],
  [`recordings/${id}`],
  [`recordings//${id}`],
  [`recordings/live//${id}`],
  [`recordings/live/cam1/${id}x`],
  [`recordings/live/cam1/${id}/`],
  ['recordings/live/cam1/..'],
  ['recordings/live/cam1/20261123T012719Z-../../../../etc/passwd'],
  [`recordings/${'a'.repeat(256)}/${id}`],
  [`recordings/live/\ud800/${id}`],
])('%s is the key of no recording', (key) => {
  expect(parseRecordingKey(key)).toBeUndefined();
});

test('no name of a folder is special to a file system', () => {
  expect(streamFolders('live/cam1')).toEqual(['live', 'cam1']);
  expect(streamFolders('../.')).toEqual(['%2E%2E', '%2E']);
  expect(streamFolders('a%2e\0b\\c:~')).toEqual(['a%252e%00b%5Cc%3A%7E']);
  expect(streamFolders('audit.jsonl')).toEqual(['audit%2Ejsonl']);
  expect(streamFolders('é')).toEqual(['%C3%A9']);
});

test('long names stay within what file systems take, and apart', () => {
  const [a = '', b = ''] = ['x', 'y'].map((last) => streamFolders('ü'.repeat(120) + last)[0]);
  expect(isRecordedStream('ü'.repeat(120))).toBe(true);
  expect(a).not.toBe(b);
  for (const name of [a, b]) expect(name.length).toBeLessThan(256);
  expect(streamFolders('x'.repeat(255))[0]?.length).toBeLessThan(256);
});
