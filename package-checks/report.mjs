// Compares what the package exports with reports/, a report for each export, and says what has changed; `--write` writes them.
// Arguments: the folder of a built package, `--write`.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';

const own = fileURLToPath(new URL('.', import.meta.url));
const [folder = '.', ...options] = process.argv.slice(2);
const mustWrite = options.includes('--write');
const projectFolder = resolve(folder);
const packageJsonFullPath = join(projectFolder, 'package.json');
const { exports } = JSON.parse(readFileSync(packageJsonFullPath, 'utf8'));
const entries = Object.entries(exports).flatMap(([name, { types }]) =>
  types === undefined ? [] : [{ name: name.slice(2), types: join(projectFolder, types) }],
);

const silent = { logLevel: ExtractorLogLevel.None };
const scratch = mkdtempSync(join(tmpdir(), 'streampump-api-'));
try {
  const configs = entries.map(configOf);
  // all of them are compiled at once: they have most of their types in common
  const compilerState = CompilerState.create(configs[0], {
    additionalEntryPoints: entries.map(({ types }) => types),
  });
  const faults = entries.flatMap(({ name }, i) => {
    const report = reportOf(name, configs[i], compilerState);
    const file = join(own, 'reports', `${name}.api.md`);
    if (report === textOf(file)) return [];
    if (mustWrite) writeFileSync(file, report);
    return [name];
  });
  const said = faults.map((name) => `streampump/${name}`).join(', ');
  if (mustWrite) console.log(said === '' ? 'the reports are as they were' : `written: ${said}`);
  else if (said !== '') {
    console.error(`what the package exports has changed: ${said}`);
    console.error(
      'if it was meant to, run npm run api, look at the changes in package-checks/reports, and commit them',
    );
    process.exitCode = 1;
  }
} finally {
  rmSync(scratch, { recursive: true });
}

/** How the report of an export is made. */
function configOf({ name, types }) {
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder,
      mainEntryPointFilePath: types,
      newlineKind: 'lf',
      compiler: { tsconfigFilePath: join(own, 'tsconfig.json') },
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder: scratch,
        reportTempFolder: scratch,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      // links and whether everything has words is for TypeDoc, which knows all exports at once
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        extractorMessageReporting: { default: silent },
        tsdocMessageReporting: { default: silent },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath,
  });
}

/** What an export has, as text. */
function reportOf(name, config, compilerState) {
  const { succeeded } = Extractor.invoke(config, {
    compilerState,
    localBuild: true,
    messageCallback: (message) => {
      if (message.logLevel === ExtractorLogLevel.Error) console.error(message.formatMessageWithLocation());
      message.handled = true;
    },
  });
  if (!succeeded) throw new Error(`the types of ${name} cannot be read`);
  return readFileSync(join(scratch, `${name}.api.md`), 'utf8');
}

function textOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
