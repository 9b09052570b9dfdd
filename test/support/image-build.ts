/** Builds what a Dockerfile says in clean folders, for machines without a container engine. */
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, posix } from 'node:path';
import { Copy, DockerfileParser, type Instruction } from 'dockerfile-ast';
import { runTool } from './run-tool.ts';

/** What a stage has come to. Base images are not there: the machine's programs stand for those in them. */
export interface BuiltStage {
  /** The folder that is its root. */
  readonly root: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string | undefined;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
}

interface Stage extends BuiltStage {
  workdir: string;
  env: Record<string, string>;
  user: string | undefined;
  entrypoint: readonly string[];
  command: readonly string[];
  healthcheck: readonly string[];
}

/** What is built, the folder that everything is in, and what may be copied from the context. */
interface Build {
  readonly folder: string;
  readonly context: string;
  readonly contextPaths: ReadonlySet<string>;
  readonly env: Readonly<Record<string, string>>;
  readonly stages: Map<string, Stage>;
}

/** The last stage of an image, which goes with its scope. */
export interface BuiltImage extends AsyncDisposable {
  readonly stage: BuiltStage;
}

/**
 * Runs the steps of a Dockerfile one after the other, each stage in a folder of its own.
 * @param dockerfile - path of the file; its `.dockerignore` beside it lists what the context has
 * @param env - variables that steps get besides those of the Dockerfile
 * @throws Error on a step that this does not know or that fails
 */
export async function buildImage(
  dockerfile: string,
  context: string,
  env: Readonly<Record<string, string>>,
): Promise<BuiltImage> {
  const folder = await mkdtemp(join(tmpdir(), 'streampump-image-'));
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const ignored = await readFile(`${dockerfile}.dockerignore`, 'utf8');
    const build: Build = { folder, context, contextPaths: allowedBy(ignored), env, stages: new Map() };
    let stage: Stage | undefined;
    for (const instruction of DockerfileParser.parse(await readFile(dockerfile, 'utf8')).getInstructions()) {
      stage = instruction.getKeyword() === 'FROM' ? await openStage(build, instruction) : stage;
      if (stage === undefined) throw new Error(`${instruction.getKeyword()} stands before FROM`);
      await take(build, stage, instruction);
    }
    if (stage === undefined) throw new Error('no stage');
    return { stage, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** The paths that a file which ignores everything lets through again. */
function allowedBy(ignored: string): ReadonlySet<string> {
  const [everything, ...exceptions] = ignored.split('\n').filter((line) => line !== '');
  const isList = everything === '*' && exceptions.every((line) => /^![\w.-]+$/.test(line));
  if (!isList) throw new Error('expected * and then a list of what is not ignored');
  return new Set(exceptions.map((line) => line.slice(1)));
}

async function openStage({ folder, stages }: Build, from: Instruction): Promise<Stage> {
  const name = wordsOf(from)[2] ?? String(stages.size);
  const root = join(folder, name);
  await mkdir(root);
  const [entrypoint, command, healthcheck] = [[], [], []];
  const stage: Stage = { root, workdir: '/', env: {}, user: undefined, entrypoint, command, healthcheck };
  stages.set(name, stage);
  return stage;
}

async function take(build: Build, stage: Stage, instruction: Instruction): Promise<void> {
  switch (instruction.getKeyword()) {
    case 'FROM':
    case 'LABEL':
    case 'EXPOSE':
      return;
    case 'WORKDIR':
      stage.workdir = posix.resolve(stage.workdir, argumentOf(instruction));
      await mkdir(join(stage.root, stage.workdir), { recursive: true });
      return;
    case 'ENV':
      for (const [name = '', value = ''] of wordsOf(instruction).map((word) => word.split('=', 2)))
        stage.env[name] = value;
      return;
    case 'COPY':
      return await copy(build, stage, instruction);
    case 'RUN':
      return await run(build, stage, argumentOf(instruction));
    case 'USER':
      stage.user = argumentOf(instruction);
      return;
    case 'ENTRYPOINT':
      stage.entrypoint = jsonOf(instruction);
      return;
    case 'CMD':
      stage.command = jsonOf(instruction);
      return;
    case 'HEALTHCHECK':
      stage.healthcheck = jsonOf(instruction);
      return;
    default:
      throw new Error(`${instruction.getKeyword()} is a step that this cannot take`);
  }
}

/** A folder gives its content, a file itself. */
async function copy(build: Build, stage: Stage, instruction: Instruction): Promise<void> {
  const from = instruction instanceof Copy ? instruction.getFromFlag()?.getValue() : undefined;
  const source = build.stages.get(from ?? '');
  if (typeof from === 'string' && source === undefined) throw new Error(`${from} is no stage`);
  const paths = wordsOf(instruction);
  const target = paths.at(-1) ?? '';
  const to = join(stage.root, posix.resolve(stage.workdir, target));
  for (const path of paths.slice(0, -1)) {
    if (source === undefined && !build.contextPaths.has(path)) throw new Error(`${path} is ignored`);
    const place = join(source?.root ?? build.context, path);
    const isFolder = await readdir(place).then(
      () => true,
      () => false,
    );
    await cp(place, isFolder || !target.endsWith('/') ? to : join(to, basename(path)), { recursive: true });
  }
}

async function run({ env }: Build, stage: Stage, script: string): Promise<void> {
  const cwd = join(stage.root, stage.workdir);
  const options = { cwd, env: { ...env, ...stage.env }, timeLimitMs: 300_000 };
  await using shell = runTool('/bin/sh', ['-e', '-c', script], options);
  await shell.output;
}

function argumentOf(instruction: Instruction): string {
  return instruction.getArgumentsContent() ?? '';
}

/** Words of an instruction without its flags. */
function wordsOf(instruction: Instruction): string[] {
  return argumentOf(instruction).split(/\s+/);
}

/** The words of a command in its exec form. */
function jsonOf(instruction: Instruction): readonly string[] {
  return JSON.parse(argumentOf(instruction).replace(/^CMD\s+/, '')) as readonly string[];
}
