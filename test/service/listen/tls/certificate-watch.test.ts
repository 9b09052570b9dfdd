import { rm, utimes } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Certificate } from '../../../../src/service/listen/tls/certificate.ts';
import { CertificateWatch } from '../../../../src/service/listen/tls/certificate-watch.ts';
import { CertificateFolder, type TestCertificate } from '../../../support/certificates.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { RecordingLog } from '../../../support/recording-log.ts';

let folder: CertificateFolder;
let place: TestCertificate;
let renewed: TestCertificate;
let clock: FakeClock;
let log: RecordingLog;
let watch: CertificateWatch;
let seen: Certificate[];

beforeEach(async () => {
  folder = await CertificateFolder.make();
  place = await folder.certificate('place');
  renewed = await folder.certificate('renewed');
  clock = new FakeClock();
  log = new RecordingLog();
  seen = [];
  watch = await CertificateWatch.open(place, { clock, log, onRenewed: (found) => seen.push(found) });
});
afterEach(async () => {
  watch.close();
  await folder[Symbol.asyncDispose]();
});

/** Lets so many looks pass, each done before the next. */
async function look(times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    clock.advance(1000);
    await watch.settled;
  }
}

test('reads a pair that has changed once it stands still, and not again', async () => {
  await look(3);
  await folder.replace(place, renewed);
  await look(1);
  expect(seen).toEqual([]);
  await look(1);
  expect(seen.map(({ subject }) => subject)).toEqual(['CN=renewed']);
  expect(watch.current.subject).toBe('CN=renewed');
  await look(3);
  expect(seen).toHaveLength(1);
  expect(log.find('certificate')).toHaveLength(1);
});

test('refuses half a pair once, keeps the old one, and takes the other half when it comes', async () => {
  await folder.replace({ certFile: place.certFile, keyFile: folder.file('elsewhere') }, renewed);
  await look(5);
  expect(log.find('certificate').map(({ level }) => level)).toEqual(['error']);
  expect(watch.current.subject).toBe('CN=place');
  await folder.replace(place, renewed);
  await look(2);
  expect(watch.current.subject).toBe('CN=renewed');
});

test('a file that goes for a while changes nothing', async () => {
  const spare = { certFile: folder.file('spare.crt'), keyFile: folder.file('spare.key') };
  await folder.replace(spare, place);
  await rm(place.keyFile);
  await look(3);
  expect(log.find('certificate').map(({ text }) => text)).toEqual([
    `keeping the old certificate: ${place.keyFile} cannot be read: no such file or directory`,
  ]);
  await folder.replace(place, spare);
  await look(3);
  expect(seen).toEqual([]);
  expect(log.find('certificate')).toHaveLength(1);
});

test('files that are touched only are the same pair', async () => {
  await utimes(place.certFile, new Date(), new Date());
  await look(3);
  watch.reread();
  await watch.settled;
  expect(seen).toEqual([]);
  expect(log.lines).toEqual([]);
});

test('reads at once when asked to, from other files too', async () => {
  watch.reread(renewed);
  await watch.settled;
  expect(watch.current.subject).toBe('CN=renewed');
  await folder.replace(place, await folder.certificate('third'));
  await look(3);
  expect(watch.current.subject).toBe('CN=renewed'); // it has other files now
});

test('looks no more once it is closed', () => {
  watch.close();
  expect(clock.pending).toBe(0);
});
