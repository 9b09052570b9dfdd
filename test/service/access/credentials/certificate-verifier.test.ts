import { expect, test, vi } from 'vitest';
import { relaySettings } from '../../../../src/config/relay-settings.ts';
import { QueryParameters } from '../../../../src/credentials/query-parameters.ts';
import { makeVerifier } from '../../../../src/service/access/credentials/verifiers.ts';
import { questionOf, verifierParts } from '../../../support/access-question.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const fingerprint = 'ab'.repeat(32);
const certificate = {
  names: ['studio1', 'studio1.example.com', 'ops@example.com'],
  fingerprint,
  validTo: new Date('2030-01-01'),
};

function proofOf(required: object, shown: object = { certificate }): unknown {
  const rules = [{ verbs: ['publish'], require: [{ type: 'certificate', ...required }] }];
  const [rule] = relaySettings.parse({ access: { rules } }).access.rules;
  const [settings] = rule?.require ?? [];
  if (settings === undefined) throw new Error('no requirement');
  const verifier = makeVerifier(settings, verifierParts({ clock: new FakeClock(1000) }));
  const question = questionOf({ credentials: shown });
  return verifier.verify(question, new QueryParameters(''), new AbortController().signal);
}

test.each([
  { required: {}, isIn: true },
  { required: { fingerprints: [fingerprint] }, isIn: true },
  { required: { fingerprints: ['AB'.repeat(32)] }, isIn: true },
  { required: { fingerprints: [Array(32).fill('AB').join(':')] }, isIn: true },
  { required: { fingerprints: ['cd'.repeat(32)] }, isIn: false },
  { required: { subjects: ['studio1'] }, isIn: true },
  { required: { subjects: ['STUDIO1.example.com'] }, isIn: true },
  { required: { subjects: ['*.example.com'] }, isIn: true },
  { required: { subjects: ['*@example.com'] }, isIn: true },
  { required: { subjects: ['studio*', 'x'] }, isIn: true },
  { required: { subjects: ['studio'] }, isIn: false },
  { required: { subjects: ['.xample.com'] }, isIn: false },
  { required: { subjects: ['studio1?example.com'] }, isIn: false },
  { required: { fingerprints: ['cd'.repeat(32)], subjects: ['studio1'] }, isIn: true },
])('$required: $isIn', ({ required, isIn }) => {
  expect(proofOf(required)).toMatchObject({ is: isIn ? 'proven' : 'wrong' });
});

test('it proves who the owner is, until it expires; without names the fingerprint does', () => {
  vi.useFakeTimers({ now: new Date('2029-12-31T23:59:59Z') });
  try {
    const proof = { is: 'proven', until: 2000 };
    expect(proofOf({})).toEqual({ ...proof, identity: 'studio1' });
    expect(proofOf({}, { certificate: { ...certificate, names: [] } })).toEqual({
      ...proof,
      identity: fingerprint,
    });
  } finally {
    vi.useRealTimers();
  }
});

test('without a certificate nothing was shown', () => {
  expect(proofOf({}, {})).toEqual({ is: 'absent' });
});

test.each([{ fingerprints: ['ab'] }, { fingerprints: ['xy'.repeat(32)] }, { subjects: [''] }])(
  '%o is a fault of the settings',
  (required) => {
    expect(() => proofOf(required)).toThrow(/expected/);
  },
);

test('one that has expired since it was shown proves nothing, and is no guess', () => {
  const shown = { certificate: { ...certificate, validTo: new Date(0) } };
  expect(proofOf({}, shown)).toMatchObject({ is: 'wrong', isFailure: false });
});
