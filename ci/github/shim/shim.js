// SPDX-License-Identifier: Apache-2.0
// Starts the binary for both steps of the action: `run` (or `scan`) now, `revoke` when the job is over. Everything else is the
// binary's work. No dependencies, and nothing that Node 12 does not have.
'use strict';

const childProcess = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const ROOT = path.resolve(__dirname, '..', '..', '..');
const ARCHES = { x64: 'x86_64', arm64: 'aarch64' };

// Exit codes of the binary, for the drop-ins' output `errorMessage`.
const MEANING = {
  1: 'a credential lives too long', 2: 'usage or configuration', 3: 'the job has no identity', 4: 'refused by the server',
  5: 'network', 6: 'file system', 7: 'incomplete', 70: 'a bug in mayfly',
};

class Failure extends Error {
  constructor(code, what, help) {
    super(what);
    this.code = code;
    this.help = help || '';
  }
}

function escape(text) {
  return String(text).replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
}

function say(command, text) {
  process.stdout.write(`::${command} title=mayfly::${escape(text)}\n`);
}

function input(name) {
  return (process.env[`INPUT_${name.toUpperCase()}`] || '').trim();
}

function assetName() {
  const arch = ARCHES[process.arch];
  if (process.platform !== 'linux' || !arch) {
    throw new Failure(2, `mayfly has no binary for ${process.platform} on ${process.arch}`,
      'run the job on a Linux runner with an x64 or arm64 processor');
  }
  return `mayfly-linux-${arch}`;
}

function isProgram(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch (e) {
    return false;
  }
}

// The input, then what lies in the action's own folder; '' when there is neither.
function findHere() {
  const named = input('binary');
  if (named) {
    const file = path.resolve(process.env.GITHUB_WORKSPACE || '.', named);
    if (!isProgram(file)) {
      throw new Failure(2, `input 'binary' names '${named}', which is no program`, 'give the path of an executable mayfly');
    }
    return file;
  }
  const own = path.join(ROOT, 'bin', assetName());
  return isProgram(own) ? own : '';
}

// One line in one of the runner's files: the values here are paths and sentences without line ends.
function record(variable, name, value) {
  const file = process.env[variable];
  if (file && !/[\r\n]/.test(value)) {
    fs.appendFileSync(file, `${name}=${value}${os.EOL}`);
  }
}

// Runs the binary in this process's place, as far as Node can: same streams, signals passed on, same exit code.
function start(binary, args, extra) {
  const env = Object.assign({}, process.env, { MAYFLY_ACTION: '1' }, extra);
  return new Promise((resolve, reject) => {
    let child = null;
    // listening before there is a child: a signal in between would end this process and leave the child alone
    ['SIGINT', 'SIGTERM', 'SIGHUP'].forEach((signal) => process.on(signal, () => child.kill(signal)));
    child = childProcess.spawn(binary, args, { stdio: 'inherit', env });
    child.on('error', (e) => reject(new Failure(126, `cannot start '${binary}': ${e.message}`)));
    child.on('exit', (code, signal) => resolve(signal ? 128 + os.constants.signals[signal] : code));
  });
}

function fail(e) {
  say('error', e.help ? `${e.message}\nhelp: ${e.help}` : e.message);
  return e instanceof Failure ? e.code : 70;
}

async function runMain(extra, command) {
  let binary = findHere();
  if (!binary) {
    // loaded only when it is needed
    binary = await require('./download.js').get(assetName(), Failure);
  }
  record('GITHUB_STATE', 'mayfly_binary', binary);
  return start(binary, [command], extra);
}

async function runPost(extra) {
  const binary = process.env.STATE_mayfly_binary;
  // the main step did not come as far as starting anything
  if (!binary) {
    return 0;
  }
  if (!isProgram(binary)) {
    say('warning', `'${binary}' is gone: nothing was revoked; what was issued ends by itself when its time is over`);
    return 0;
  }
  return start(binary, ['revoke'], extra);
}

// gitleaks-action is set up by variables: a workflow that has them keeps its rules.
function scan() {
  const rules = process.env.GITLEAKS_CONFIG;
  const own = input('rules') || process.env.MAYFLY_RULES;
  main(rules && !own ? { MAYFLY_RULES: rules } : {}, 'scan');
}

function main(extra, command) {
  runMain(extra, command || 'run').catch(fail).then((code) => {
    if (code !== 0 && extra.MAYFLY_INPUTS) {
      record('GITHUB_OUTPUT', 'errorMessage', `mayfly failed with exit code ${code} (${MEANING[code] || 'see the log'})`);
    }
    process.exitCode = code;
  });
}

function post(extra) {
  runPost(extra).catch(fail).then((code) => { process.exitCode = code; });
}

module.exports = { main, post, scan };
