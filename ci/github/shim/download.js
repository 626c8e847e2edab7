// SPDX-License-Identifier: Apache-2.0
// Fetches the binary from a release of this action's own repository. What is fetched counts only when its SHA-256 is the
// one in checksums.json, so it does not matter who carried it. No dependencies, and nothing that Node 12 does not have.
'use strict';

const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const https = require('https');
const path = require('path');
const { URL } = require('url');

const MAX_BYTES = 16 * 1024 * 1024;
const MAX_REDIRECTS = 5;
const TOTAL_MS = 120 * 1000;
const TRIES = 3;

// An error that another try may not meet again.
class Passing extends Error {}

function pinned(asset, Failure) {
  const pins = JSON.parse(fs.readFileSync(path.join(__dirname, 'checksums.json'), 'utf8'));
  const sum = pins.assets && pins.assets[asset];
  if (!pins.version || !/^[0-9a-f]{64}$/.test(sum || '')) {
    throw new Failure(2, `this copy of the action pins no release of ${asset}`,
      "use a released version of the action, or give the path of a mayfly of your own in the input 'binary'");
  }
  return { version: pins.version, sum };
}

// The server that runs the job first; a server of one's own may have taken the action from github.com.
function addresses(version, asset, Failure) {
  const repository = process.env.GITHUB_ACTION_REPOSITORY || '';
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) {
    throw new Failure(2, 'this action was not taken from a repository, so there is no release to fetch mayfly from',
      "give the path of a mayfly of your own in the input 'binary', or put one into the action's folder bin/");
  }
  const servers = [process.env.GITHUB_SERVER_URL || 'https://github.com', 'https://github.com'];
  return servers.filter((s, i) => servers.indexOf(s) === i)
    .map((s) => `${s.replace(/\/+$/, '')}/${repository}/releases/download/v${version}/${asset}`);
}

function digest(file) {
  return crypto.createHash('sha256').update(fs.readFileSync(file)).digest('hex');
}

function variable(name) {
  return process.env[name.toLowerCase()] || process.env[name] || '';
}

// NO_PROXY: names with everything below them, each with or without a port; '*' is everything.
function bypass(url) {
  const port = url.port || '443';
  return variable('NO_PROXY').split(/[\s,]+/).filter(Boolean).some((entry) => {
    const m = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase());
    const name = m[1].replace(/^\*?\./, '');
    if (m[2] && m[2] !== port) {
      return false;
    }
    return name === '*' || url.hostname === name || url.hostname.endsWith(`.${name}`);
  });
}

function proxyFor(url) {
  const text = variable('HTTPS_PROXY') || variable('ALL_PROXY');
  if (!text || bypass(url)) {
    return null;
  }
  return new URL(/^\w+:\/\//.test(text) ? text : `http://${text}`);
}

// A socket to the server through the proxy.
function tunnel(proxy, url) {
  return new Promise((resolve, reject) => {
    const target = `${url.hostname}:${url.port || 443}`;
    const headers = { Host: target };
    if (proxy.username) {
      const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
      headers['Proxy-Authorization'] = `Basic ${Buffer.from(user).toString('base64')}`;
    }
    const lib = proxy.protocol === 'https:' ? https : http;
    const req = lib.request({
      host: proxy.hostname, port: proxy.port || (lib === https ? 443 : 80), method: 'CONNECT', path: target, headers, agent: false,
    });
    req.on('connect', (res, socket) => {
      if (res.statusCode === 200) {
        resolve(socket);
      } else {
        socket.destroy();
        reject(new Error(`the proxy ${proxy.hostname} answered ${res.statusCode}`));
      }
    });
    req.on('error', (e) => reject(new Passing(`the proxy ${proxy.hostname} cannot be reached: ${e.message}`)));
    req.end();
  });
}

async function request(url, clock) {
  const proxy = proxyFor(url);
  const options = {
    host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port || 443, path: url.pathname + url.search, agent: false,
    headers: { Host: url.host, 'User-Agent': 'mayfly-action', Accept: 'application/octet-stream' },
  };
  if (proxy) {
    options.socket = await tunnel(proxy, url);
    clock.holds(options.socket);
  }
  return new Promise((resolve, reject) => {
    const req = https.request(options, resolve);
    clock.holds(req);
    req.on('error', (e) => reject(new Passing(`${url.host}: ${e.message}`)));
    req.end();
  });
}

// Ends what is under way when the time for all of it is over.
function startClock(ms) {
  const held = [];
  const clock = {
    over: null,
    holds(thing) { held.push(thing); },
    stop() { clearTimeout(timer); },
  };
  const timer = setTimeout(() => {
    clock.over = new Error(`no end after ${ms / 1000} s`);
    held.forEach((thing) => thing.destroy(clock.over));
  }, ms);
  return clock;
}

async function follow(address, clock) {
  let url = new URL(address);
  for (let i = 0; i <= MAX_REDIRECTS; i++) {
    if (url.protocol !== 'https:') {
      throw new Error(`${url.protocol}//${url.host} is not https`);
    }
    const res = await request(url, clock);
    if ([301, 302, 303, 307, 308].indexOf(res.statusCode) < 0 || !res.headers.location) {
      return { res, url };
    }
    res.destroy();
    url = new URL(res.headers.location, url);
  }
  throw new Error(`more than ${MAX_REDIRECTS} redirects`);
}

// Writes the body to `file` and returns its SHA-256.
function save(res, file, clock) {
  return new Promise((resolve, reject) => {
    const hash = crypto.createHash('sha256');
    // opened here and now: a stream that opens later could make the file after it has been given up
    const out = fs.createWriteStream(file, { fd: fs.openSync(file, 'wx', 0o600) });
    let size = 0;
    // rejected first: what is destroyed then reports an end of its own
    const stop = (e) => { reject(e); res.destroy(); out.destroy(); };
    res.on('data', (chunk) => {
      size += chunk.length;
      if (size > MAX_BYTES) {
        stop(new Error(`the file is larger than ${MAX_BYTES} bytes`));
        return;
      }
      hash.update(chunk);
    });
    res.on('aborted', () => stop(new Passing('the connection ended too early')));
    res.on('error', (e) => stop(new Passing(e.message)));
    out.on('error', stop);
    // not 'finish': a file that is still open for writing cannot be started
    out.on('close', () => (clock.over ? reject(clock.over) : resolve(hash.digest('hex'))));
    res.pipe(out);
  });
}

// null: this server has no such file.
async function fetchTo(file, address, clock) {
  const { res, url } = await follow(address, clock);
  if (res.statusCode === 404) {
    res.destroy();
    return null;
  }
  if (res.statusCode !== 200) {
    res.destroy();
    const text = `${url.host} answered ${res.statusCode}`;
    throw res.statusCode === 429 || res.statusCode >= 500 ? new Passing(text) : new Error(text);
  }
  return save(res, file, clock);
}

function unlink(file) {
  try {
    fs.unlinkSync(file);
  } catch (e) {
    if (e.code !== 'ENOENT') {
      throw e;
    }
  }
}

const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

async function withTries(file, address, clock) {
  for (let i = 1; ; i++) {
    try {
      return await fetchTo(file, address, clock);
    } catch (e) {
      unlink(file);
      if (!(e instanceof Passing) || i === TRIES || clock.over) {
        throw clock.over || e;
      }
      await sleep(i * 1000);
    }
  }
}

function folder(version, asset, Failure) {
  const base = process.env.RUNNER_TOOL_CACHE || process.env.RUNNER_TEMP;
  if (!base) {
    throw new Failure(2, 'neither RUNNER_TOOL_CACHE nor RUNNER_TEMP is set', 'the action runs as a step of a GitHub job');
  }
  const dir = path.join(base, 'mayfly', version, asset);
  fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
  return dir;
}

async function download(list, file, sum, Failure) {
  const clock = startClock(Number(process.env.MAYFLY_DOWNLOAD_MS) || TOTAL_MS);
  let got = null;
  let last = '';
  try {
    for (let i = 0; i < list.length && got === null; i++) {
      last = list[i];
      got = await withTries(file, last, clock);
    }
  } catch (e) {
    throw new Failure(5, `cannot fetch mayfly from ${last}: ${e.message}`,
      "let the runner reach this address (HTTPS_PROXY is honoured), or give the path of a mayfly in the input 'binary'");
  } finally {
    clock.stop();
  }
  if (got === null) {
    throw new Failure(5, `there is no ${last}`, `use a released version of the action; this one is '${process.env.GITHUB_ACTION_REF || ''}'`);
  }
  if (got !== sum) {
    unlink(file);
    throw new Failure(4, `what came from ${last} is not the released mayfly: SHA-256 ${got}, expected ${sum}`,
      'it was not run; look for what changes downloads on the way, and tell the maintainers');
  }
}

// The path of a mayfly whose checksum is right, fetched or from the runner's cache.
async function get(asset, Failure) {
  const { version, sum } = pinned(asset, Failure);
  const dir = folder(version, asset, Failure);
  const final = path.join(dir, 'mayfly');
  if (fs.existsSync(final) && digest(final) === sum) {
    fs.chmodSync(final, 0o700);
    return final;
  }
  const list = addresses(version, asset, Failure);
  const part = path.join(dir, `part-${crypto.randomBytes(8).toString('hex')}`);
  await download(list, part, sum, Failure);
  fs.chmodSync(part, 0o700);
  fs.renameSync(part, final);
  process.stdout.write(`mayfly ${version} was fetched from ${new URL(list[0]).host} and its SHA-256 is right\n`);
  return final;
}

module.exports = { get };
