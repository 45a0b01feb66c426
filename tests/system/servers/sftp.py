"""An SFTP server on this machine (asyncssh, in a thread): a folder, a user with a password and one with a key."""

import asyncio
import os
import threading

import asyncssh

USER, PASSWORD = "meter", "pass-w\u00f6rd"


class _Server(asyncssh.SSHServer):
    def __init__(self, owner):
        self.owner = owner

    def connection_made(self, connection):
        self.owner.connections += 1

    def begin_auth(self, username):
        return True

    def password_auth_supported(self):
        return True

    def validate_password(self, username, password):
        self.owner.passwords.append(password)
        return (username, password) == (USER, PASSWORD)

    def public_key_auth_supported(self):
        return True

    def validate_public_key(self, username, key):
        return username == USER and key == self.owner.user_key.convert_to_public()


class Sftp:
    """`with Sftp(root) as server`: files are those of the folder `root`. `passwords`: those that were sent."""

    def __init__(self, root, key_kind="ssh-ed25519"):
        self.root = root
        self.host_key = asyncssh.generate_private_key(key_kind)
        self.user_key = asyncssh.generate_private_key("ssh-ed25519")
        self.passwords = []
        self.connections = 0
        self.fingerprint = self.host_key.convert_to_public().get_fingerprint()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        self.listener = self._run(self._listen())
        self.port = self.listener.sockets[0].getsockname()[1]
        self.host = f"127.0.0.1:{self.port}"
        return self

    def __exit__(self, *exc_info):
        self._run(self._stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def _run(self, made):
        return asyncio.run_coroutine_threadsafe(made, self.loop).result(30)

    async def _listen(self):
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=lambda: _Server(self),
            server_host_keys=[self.host_key],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=os.fsencode(self.root)),
        )

    async def _stop(self):
        self.listener.close()
        await self.listener.wait_closed()

    def private_key(self, passphrase=None):
        """The user's key as its file."""
        return self.user_key.export_private_key("openssh", passphrase).decode()
