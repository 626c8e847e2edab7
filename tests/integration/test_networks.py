# SPDX-License-Identifier: Apache-2.0
"""Each provider, login and secret, over the networks that jobs live in: through a proxy with and without a password, refused by it, and by IPv6."""
import os

from support import aws, azure_fake, certs, front, gcp_fake, networks
from support.harness import Case, canary


class Everywhere(Case):
    """The four providers, each with a secret of its own; `where` gives the addresses."""
    tls = True

    def setUp(self):
        super().setUp()
        self.ca = certs.Authority(self.folder, "network")
        self.value = canary("network")
        self.hidden["secret"] = self.value

    def vault(self, cert, where):
        self.secret("ci/network", key=self.value)
        gate = front.Front(self.bao.addr, self.bao.ca, tls=cert("vault.test"))
        self.addCleanup(gate.close)
        return "vault://secret/data/ci/network#key", "", {"MAYFLY_VAULT_URL": where("vault.test", gate.port), "MAYFLY_VAULT_AUDIENCE": self.site.AUDIENCE}

    def aws(self, cert, where):
        site = aws.shared(self.issuer)
        name = site.name("secret")
        site.stack.client("secretsmanager").create_secret(Name=name, SecretString=self.value)
        role = site.ci_role(aws.allow("secretsmanager:*"))
        sts = site.gate(tls=cert("sts.test"))
        store = front.Front(site.stack.addr, keep_host=True, tls=cert("secretsmanager.test"))
        self.addCleanup(sts.close)
        self.addCleanup(store.close)
        return f"aws-sm://{name}", f"aws: {{ role: '{role}', region: {aws.REGION} }}\n", {"MAYFLY_AWS_STS_URL": where("sts.test", sts.port),
                                                                                          "MAYFLY_AWS_SECRETSMANAGER_URL": where("secretsmanager.test", store.port)}

    def gcp(self, cert, where):
        fake = gcp_fake.Google(self.issuer, cert("google.test"))
        self.addCleanup(fake.close)
        fake.put("shop-1", "db", self.value.encode())
        addr = where("google.test", fake.server.server_port)
        return "gcp-sm://shop-1/db", f"gcp: {{ workload-identity-provider: {gcp_fake.PROVIDER} }}\n", {f"MAYFLY_GCP_{n}_URL": addr for n in ("STS", "IAM", "SECRETMANAGER")}

    def azure(self, cert, where):
        fake = azure_fake.Azure(self.issuer, cert("entra.test"))
        self.addCleanup(fake.close)
        fake.put("secrets", "DB", {"value": self.value})
        addr = where("entra.test", fake.server.server_port)
        # what an answer says of the vault's address is the one that was asked
        fake.addr = addr
        for versions in fake.items.values():
            for version, item in versions.items():
                item["id"] = f"{addr}/secrets/DB/{version}"
        return "azure-kv://shop/secrets/DB", f"azure: {{ client-id: {azure_fake.CLIENT}, tenant-id: {azure_fake.TENANT} }}\n", \
            {"MAYFLY_AZURE_AUTHORITY_HOST": addr, "MAYFLY_AZURE_VAULT_URL": f"shop={addr}"}

    def providers(self):
        return self.vault, self.aws, self.gcp, self.azure

    def run_it(self, provider, cert, where, **env):
        ref, conf, addresses = provider(cert, where)
        job = self.github(conf + f"secrets:\n  VALUE: {ref}\n", **({"MAYFLY_CA_FILE": self.ca.cert, "MAYFLY_VAULT_CA_FILE": self.ca.cert, "MAYFLY_SCAN": "false", "MAYFLY_CHECK": "false", "MAYFLY_TIMEOUT": "10s"} | addresses | env))
        return job, job.run("run")


class Proxies(Everywhere):
    def through(self, provider, login=None, given=None, **env):
        """The job behind a proxy; `given` is what it has for one, where that is not the proxy's own address."""
        ways = {}

        def where(name, port):
            ways[f"{name}:443"] = port
            return f"https://{name}"
        proxy = networks.Tinyproxy(ways, login)
        self.addCleanup(proxy.close)
        job, step = self.run_it(provider, self.ca.issue, where, HTTPS_PROXY=given(proxy) if given else proxy.addr, **env)
        return proxy, job, step, {way.partition(":")[0] for way in ways}

    def test_open(self):
        for provider in self.providers():
            with self.subTest(provider.__name__):
                proxy, job, step, names = self.through(provider)
                self.assertEqual(self.ok(step).env["VALUE"], self.value)
                self.ok(job.post())
                self.assertEqual({a.partition(":")[0] for a in proxy.asked}, names)

    def test_with_a_password(self):
        for provider in self.providers():
            with self.subTest(provider.__name__):
                password = "pw" + os.urandom(12).hex()
                self.hidden["secret of the proxy"] = password
                proxy, job, step, names = self.through(provider, ("ci", password))
                self.assertEqual(self.ok(step).env["VALUE"], self.value)
                self.assertNotIn(password, step.text)
                self.ok(job.post())
                self.assertEqual({a.partition(":")[0] for a in proxy.asked}, names)

    def test_without_its_password(self):
        """tinyproxy answers 401 to a CONNECT, where RFC 9110 has 407 for it."""
        for provider in self.providers():
            for given in (lambda proxy: f"http://127.0.0.1:{proxy.port}", lambda proxy: f"http://ci:wrong-{proxy.port}@127.0.0.1:{proxy.port}"):
                with self.subTest(provider.__name__):
                    proxy, job, step, _ = self.through(provider, ("ci", "right"), given)
                    self.fails(step, 5, "MF-HTTP-12", "to CONNECT", "HTTPS_PROXY (http://USER:PASSWORD@HOST:PORT)")
                    self.assertNotIn("wrong-", step.text)
                    self.nothing_exported(step)
                    self.assertEqual(proxy.asked, [])

    def test_407(self):
        for provider in self.providers():
            with self.subTest(provider.__name__), front.Front() as proxy:
                proxy.on("", front.status(407, {"Proxy-Authenticate": "Basic realm=x"}, "<html>" + "x" * 100000, "text/html"))
                _, step = self.run_it(provider, self.ca.issue, lambda name, port: f"https://{name}", HTTPS_PROXY=proxy.addr)
                self.fails(step, 5, "MF-HTTP-12", "407 to CONNECT", "HTTPS_PROXY (http://USER:PASSWORD@HOST:PORT)")
                self.nothing_exported(step)
                self.assertEqual(len(proxy.seen), 1, "a refusal was repeated")

    def test_a_host_that_the_proxy_does_not_let_through(self):
        for provider in self.providers():
            with self.subTest(provider.__name__):
                ref, conf, addresses = provider(self.ca.issue, lambda name, port: f"https://{name}")
                proxy = networks.Tinyproxy({})
                self.addCleanup(proxy.close)
                job = self.github(conf + f"secrets:\n  VALUE: {ref}\n", **({"MAYFLY_CA_FILE": self.ca.cert, "MAYFLY_VAULT_CA_FILE": self.ca.cert, "MAYFLY_TIMEOUT": "5s"} | addresses),
                                  HTTPS_PROXY=proxy.addr)
                step = self.fails(job.run("run"), 5, "MF-HTTP-12")
                self.nothing_exported(step)

    def test_an_exception_goes_around_it(self):
        """NO_PROXY takes the name out: nothing reaches the proxy, and nobody resolves the name."""
        proxy, job, step, _ = self.through(self.azure, NO_PROXY=".test")
        self.fails(step, 5, "MF-HTTP-03")
        self.assertEqual(proxy.asked, [])


class Ipv6(Everywhere):
    def test_all(self):
        def where(name, port):
            relay = networks.Relay(port, "::1")
            self.addCleanup(relay.close)
            return f"https://[::1]:{relay.port}"
        for provider in self.providers():
            with self.subTest(provider.__name__):
                job, step = self.run_it(provider, lambda name: self.ca.issue("::1"), where)
                self.assertEqual(self.ok(step).env["VALUE"], self.value)
                self.ok(job.post())
