import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import { FleetDesk } from '../../../support/fleet/fleet-desk.ts';
import { rosterEntry } from '../../../support/fleet-scene.ts';

const digest = hash('sha256', 'a key that the relay has made');
const HOUR_MS = 3_600_000;

function desk(): FleetDesk {
  return new FleetDesk([rosterEntry('root')]);
}

const edge = rosterEntry('edge', { parent: 'root' });

test('a token is good once, is kept as its hash only, and brings a relay that waits for its approval', async () => {
  const { control, store } = desk();
  const { provisioning, overview } = control;
  const { token } = await provisioning.invite(edge);
  expect(JSON.stringify(store.decisions)).not.toContain(token);
  expect(await provisioning.provision(token, digest.toUpperCase(), '192.0.2.1')).toBe('edge');
  expect(store.decisions.invitations).toEqual([]);
  expect(overview.find('edge')).toMatchObject({ state: 'unapproved', provisioned: true });
  await expect(provisioning.provision(token, digest, '192.0.2.1')).rejects.toMatchObject({
    why: 'forbidden',
  });
  await provisioning.approve('edge');
  await provisioning.approve('edge');
  expect(store.decisions.provisioned).toMatchObject([
    { isApproved: true, entry: { id: 'edge', parent: 'root' } },
  ]);
  await provisioning.remove('edge');
  expect(overview.find('edge')).toBeUndefined();
});

test('of two with the same token at once one wins', async () => {
  const { control } = desk();
  const { provisioning } = control;
  const { token } = await provisioning.invite(edge);
  const tries = ['192.0.2.1', '192.0.2.2'].map((address) => provisioning.provision(token, digest, address));
  const outcomes = (await Promise.allSettled(tries)).map(({ status }) => status);
  expect(outcomes.sort()).toEqual(['fulfilled', 'rejected']);
});

test('a token is good for an hour, and one of a former invitation not at all', async () => {
  const made = desk();
  const { provisioning } = made.control;
  const former = await provisioning.invite(edge);
  const { token } = await provisioning.invite(edge);
  const wrong = { why: 'forbidden' };
  await expect(provisioning.provision(former.token, digest, '192.0.2.1')).rejects.toMatchObject(wrong);
  made.wallMs += HOUR_MS;
  expect(provisioning.invitations()).toEqual([]);
  await expect(provisioning.provision(token, digest, '192.0.2.1')).rejects.toMatchObject(wrong);
});

test('who guesses is not looked at after a while, and keeps nobody else out', async () => {
  const made = desk();
  const { provisioning } = made.control;
  let decided = 0;
  const { token } = await provisioning.invite(edge);
  const decide = made.store.decide.bind(made.store);
  made.store.decide = (by) => {
    decided++;
    return decide(by);
  };
  for (let at = 0; at < 3; at++)
    await expect(provisioning.provision('guess', digest, '192.0.2.66')).rejects.toMatchObject({
      why: 'forbidden',
    });
  await expect(provisioning.provision(token, digest, '192.0.2.66')).rejects.toMatchObject({
    why: 'too-many',
  });
  expect(decided).toBe(0);
  expect(await provisioning.provision(token, digest, '192.0.2.1')).toBe('edge');
});

test('what there is already cannot be invited, nor what would pull from nobody', async () => {
  const { provisioning } = desk().control;
  await expect(provisioning.invite(rosterEntry('root'))).rejects.toMatchObject({ why: 'conflict' });
  await expect(provisioning.invite(rosterEntry('x', { parent: 'nobody' }))).rejects.toMatchObject({
    why: 'bad-request',
  });
});

test('a relay of the file, or one that others pull from, is not removed so', async () => {
  const made = desk();
  const { provisioning } = made.control;
  await expect(provisioning.remove('root')).rejects.toMatchObject({ why: 'conflict' });
  await expect(provisioning.remove('nobody')).rejects.toMatchObject({ why: 'not-found' });
  const { token } = await provisioning.invite(edge);
  await provisioning.provision(token, digest, '192.0.2.1');
  made.roster.write([rosterEntry('root'), edge, rosterEntry('leaf', { parent: 'edge' })]);
  await expect(provisioning.remove('edge')).rejects.toMatchObject({
    why: 'conflict',
    message: 'the relay leaf pulls from edge: give it another parent first',
  });
});
