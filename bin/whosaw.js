#!/usr/bin/env node
// Starts whosaw: the compiled program where there is one (the npm package), else the TypeScript sources of a checkout,
// handed over to the Node that the checkout brings itself. Plain JavaScript, because it may start under Node 20.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const MINIMUM_MAJOR = 24;
const file = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const sources = file('../src/cli/main.ts');
const isCheckout = existsSync(sources);
const entry = isCheckout ? sources : file('../dist/cli/main.js');

if (Number(process.versions.node.split('.')[0]) >= MINIMUM_MAJOR) {
  process.argv[1] = entry;
  await import(entry);
} else {
  handOver(findNode());
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
  const child = spawn(node, [entry, ...process.argv.slice(2)], { stdio: 'inherit' });
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
