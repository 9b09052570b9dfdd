import { expect, test } from 'vitest';
import { readPages, readText } from '../support/markdown.ts';

const { engines, devEngines, devDependencies } = JSON.parse(readText('package.json')) as {
  engines: { node: string };
  devEngines: { runtime: { name: string; version: string } };
  devDependencies: { node: string };
};

/** The first version of a range `>=20`. */
function firstOf(range: string): number {
  const [, major] = /^>=(\d+)$/.exec(range) ?? [];
  return Number(major);
}

const [ofPackage, ofClone] = [firstOf(engines.node), firstOf(devEngines.runtime.version)];
const ofTests = Number.parseInt(devDependencies.node, 10);

test('a clone gets by with an older Node than the package, which the tests run on a newer one than it needs', () => {
  expect(devEngines.runtime.name).toBe('node');
  expect(ofClone).toBeLessThan(ofPackage);
  expect(ofPackage).toBeLessThanOrEqual(ofTests);
});

test('what the docs, the scripts and continuous integration say of Node is what package.json says', () => {
  const files = ['scripts/install.mjs', '.ci/run'].map((path) => ({ path, text: readText(path) }));
  let count = 0;
  for (const { path, text } of [...readPages(), ...files]) {
    for (const [said, major] of text.matchAll(/\bNode(?:\.js)? (\d+)(?: or newer|\b(?= and npm))/g)) {
      count++;
      expect([ofPackage, ofClone], `${said} in ${path}`).toContain(Number(major));
    }
  }
  expect(count).toBeGreaterThan(4);
  const readme = readText('README.md');
  expect(readme).toContain(`Node ${ofClone} or newer and npm`);
  expect(readme).toContain(`Node ${ofPackage} or newer`);
  expect(readText('scripts/install.mjs')).toContain(`(${ofClone} or newer)`);
  expect(readText('.ci/run')).toContain(`Node ${ofClone} or newer and npm`);
});

test('the image has the Node that the tests run on', () => {
  const bases = [...readText('deploy/Dockerfile').matchAll(/^FROM node:(\d+)-/gm)].map(([, major]) =>
    Number(major),
  );
  expect(bases.length).toBeGreaterThan(0);
  expect(new Set(bases)).toEqual(new Set([ofTests]));
});

test.each(['', 'package-checks/'])(
  'the lock file %spackage-lock.json names no registry: packages come from the one of whoever installs',
  (folder) => {
    expect(readText(`${folder}package-lock.json`)).not.toMatch(/"resolved"|https?:\/\/[^"]*\.tgz/);
  },
);
