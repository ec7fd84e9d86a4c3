#!/usr/bin/env node
// Starts whosaw: the compiled program where there is one (the npm package), else the TypeScript sources of a checkout,
// handed over to the Node that the checkout brings itself. Plain JavaScript, because it may start under Node 20.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MINIMUM_MAJOR = 24;
const file = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const sources = file('../src/cli/main.ts');
const isCheckout = existsSync(sources);
const entry = isCheckout ? sources : file('../dist/cli/main.js');

if (Number(process.versions.node.split('.')[0]) >= MINIMUM_MAJOR) {
  process.argv[1] = entry;
  cacheCode();
  await import(entry);
} else {
  handOver(findNode());
}

/**
 * Most of a start is reading the program; what Node made of it is kept for the next one. In a folder of this user only: code
 * that others may write is not to be run.
 */
function cacheCode() {
  try {
    const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'whosaw');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    module.enableCompileCache(folder);
  } catch {
    // A start without it is only slower.
  }
}

function findNode() {
  try {
    return createRequire(import.meta.url).resolve('node/bin/node');
  } catch {
    console.error(
      `whosaw needs Node ${MINIMUM_MAJOR} or newer, this is ${process.version}.` +
        (isCheckout ? ' Run `npm ci` (or `npm rebuild node`) in the checkout, which brings its own.' : ''),
    );
    process.exit(2);
  }
}

function handOver(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`whosaw could not start ${node}: ${error.message}`);
    process.exit(2);
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 2);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
