"""What the server is told: one table of settings, each with a default that is safe on a machine of one's own.

A setting comes from the environment (`HUASHU_PORT=9000`), from a file of `NAME=value` lines named by `--config` or
`HUASHU_CONFIG`, or from its default, in this order. `huashu serve --check` prints what would be used.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from engine.content.located import nearest
from server.content import SHIPPED
from server.gateways.credentials import is_standard_secret, secret_bytes
from server.outbox.sending import receivers, signers
from server.refusal import refusal

PREFIX = "HUASHU_"


class SettingsError(ValueError):
    """Settings that cannot be used; the message has a line for each mistake."""


PROVIDERS = {
    "recogniser": "auto|whisper|vosk:.+|none",
    "voice": "auto|kokoro(/.+)?|plain|none",
    "detector": "auto|silero|energy",
}
"""Who may hear, who may speak, and who tells voices from noise."""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    host: str = Field("127.0.0.1", description="address to listen on; only this machine, until told otherwise")
    port: int = Field(8787, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    audiosocket_port: int = Field(0, ge=0, le=65535, description="port for Asterisk's AudioSocket (TCP); 0 for none")
    public_url: str = Field(
        "", description="how gateways in the internet reach this server, such as https://bot.example"
    )

    scripts: Path = Field(SHIPPED / "scripts", description="folder of the call scripts")
    script: str = Field("phone-robot", description="the script of a call that names none")
    inspection: str = Field(
        "", description="what calls are inspected for when they end: a name or a file; empty for nothing"
    )
    trunks: Path | None = Field(None, description="file that says what codes mean on which line (`trunks:`)")
    variables: str = Field("", description="script variables that calls do not bring: company=星河科技,source=官网留言")
    data: Path = Field(Path("huashu-data"), description="folder for call records, prompts and models")
    timezone: str = Field("Asia/Shanghai", description="time zone of the people called")
    record: bool = Field(default=True, description="keep the audio of calls, caller left and bot right")
    recordings_kept_days: int | None = Field(
        None,
        ge=30,
        le=36_500,
        description="so many days after a call its audio is removed, 30 or more; kept for ever where empty",
    )

    token: SecretStr = Field(
        SecretStr(""), description="bearer token of gateways and API; made at random when not given"
    )
    basic_username: str = Field("", description="user name of gateways that know only HTTP Basic")
    basic_password: SecretStr = Field(SecretStr(""), description="and their password")
    twilio_auth_token: SecretStr = Field(SecretStr(""), description="signs what Twilio sends, and opens its REST API")
    twilio_account: str = Field("", description="account SID, for commands to Twilio")
    twilio_api: str = Field("https://api.twilio.com", description="its REST API, which differs by region")
    signalwire_signing_key: SecretStr = Field(SecretStr(""), description="signs what SignalWire sends")
    signalwire_api: str = Field("", description="our space, such as https://example.signalwire.com, for commands to it")
    signalwire_project: str = Field("", description="the project there")
    signalwire_token: SecretStr = Field(SecretStr(""), description="and its API token")
    telnyx_public_key: SecretStr = Field(SecretStr(""), description="checks what Telnyx signs, in base64")
    telnyx_api_key: SecretStr = Field(SecretStr(""), description="API key, for commands to Telnyx")
    telnyx_api: str = Field("https://api.telnyx.com", description="its REST API")
    plivo_auth_token: SecretStr = Field(SecretStr(""), description="signs what Plivo sends, and opens its REST API")
    plivo_auth_id: str = Field("", description="auth id, for commands to Plivo")
    plivo_api: str = Field("https://api.plivo.com", description="its REST API")
    vonage_signature_secret: SecretStr = Field(SecretStr(""), description="signs what Vonage sends")
    vonage_application: str = Field("", description="application id, for commands to Vonage")
    vonage_private_key: SecretStr = Field(
        SecretStr(""), description="its private key: the PEM text, or the file with it"
    )
    vonage_api: str = Field("https://api.nexmo.com", description="its REST API, which differs by region")
    outcome_secret: SecretStr = Field(
        SecretStr(""), description="signs what is told at /outcome (whsec_…, Standard Webhooks)"
    )
    genesys_api_key: str = Field("", description="API key of Genesys' Audio Connector integration")
    genesys_secret: SecretStr = Field(SecretStr(""), description="and its client secret, in base64")

    transfers: str = Field(
        "", description="whom scripts transfer to, as the gateway writes it: sales=PJSIP/6001,desk=600@agents"
    )
    ari_url: str = Field(
        "", description="Asterisk's REST interface (ARI), such as http://127.0.0.1:8088; empty for none"
    )
    ari_user: str = Field("huashu", description="its user in ari.conf")
    ari_password: SecretStr = Field(SecretStr(""), description="and the password of that user")
    ari_app: str = Field("huashu", pattern=r"^[A-Za-z0-9_-]+$", description="name of our Stasis application")
    esl_address: str = Field("", description="FreeSWITCH's event socket, such as 127.0.0.1:8021; empty for none")
    esl_password: SecretStr = Field(SecretStr(""), description="and its password")

    recogniser: str = Field("auto", description="auto, whisper, vosk:FOLDER, or none (the gateway recognises speech)")
    voice: str = Field("auto", description="auto, kokoro[/NAME], plain (pyttsx3), or none (recordings only)")
    detector: str = Field("auto", description="auto, silero or energy")
    speech_threads: int = Field(2, ge=1, le=64, description="threads that recognise speech")

    webhook_url: str = Field(
        "", description="who is told what is to be done and what calls came to: a URL, or TYPE=URL pairs and a URL"
    )
    webhook_secret: SecretStr = Field(
        SecretStr(""), description="signs that (Standard Webhooks: `whsec_…`); made at random when not given"
    )
    outbox_days: int = Field(
        90, ge=7, description="what was told, withdrawn or dropped is forgotten after so long, and what nobody is told"
    )

    max_calls: int = Field(50, ge=1, description="calls at a time; more are refused")
    max_call_seconds: int = Field(1800, ge=10, description="no call lasts longer, whatever its script says")
    start_seconds: float = Field(10.0, gt=0, description="a gateway must start its stream within this time")
    idle_seconds: float = Field(30.0, gt=0, description="a stream without any message is given up after this time")
    max_message_bytes: int = Field(1 << 20, ge=4096, description="a larger message closes its stream")
    answer_delay_ms: int = Field(200, ge=0, le=5000, description="silence between the answer and the first word")
    drain_seconds: float = Field(60.0, ge=0, description="how long calls may go on after a request to stop")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("no such time zone; it is a name such as Asia/Shanghai") from None
        return name

    @field_validator("trunks", "recordings_kept_days", mode="before")
    @classmethod
    def _none(cls, given: object) -> object:
        return None if given == "" else given

    @field_validator("recogniser", "voice", "detector")
    @classmethod
    def _known_provider(cls, name: str, info: ValidationInfo) -> str:
        field = str(info.field_name)
        if not re.fullmatch(PROVIDERS[field], name):
            raise ValueError(f"no {field} '{name}'; write {cls.model_fields[field].description}")
        return name

    @field_validator("ari_url", "twilio_api", "signalwire_api", "telnyx_api", "plivo_api", "vonage_api")
    @classmethod
    def _http(cls, url: str) -> str:
        if url and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", url):
            raise ValueError("should be an address such as http://127.0.0.1:8088")
        return url.rstrip("/")

    @field_validator("vonage_private_key")
    @classmethod
    def _pem(cls, key: SecretStr) -> SecretStr:
        told = key.get_secret_value().strip()
        if not told or told.startswith("-----BEGIN"):
            return key
        try:
            return SecretStr(Path(told).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise ValueError("should be a private key (PEM), or a file that can be read and holds one") from None

    @field_validator("esl_address")
    @classmethod
    def _host_and_port(cls, address: str) -> str:
        if address and not re.fullmatch(r"\S+:[0-9]{1,5}", address):
            raise ValueError("should be an address such as 127.0.0.1:8021")
        return address

    @field_validator("webhook_url")
    @classmethod
    def _receivers(cls, text: str) -> str:
        receivers(text)
        return text

    @field_validator("webhook_secret")
    @classmethod
    def _secrets(cls, secret: SecretStr) -> SecretStr:
        signers(secret.get_secret_value())
        return secret

    @field_validator("telnyx_public_key")
    @classmethod
    def _known_key(cls, key: SecretStr) -> SecretStr:
        if key.get_secret_value() and len(secret_bytes(key.get_secret_value())) != 32:
            raise ValueError("should be the public key of the account: 32 bytes in base64")
        return key

    @field_validator("outcome_secret")
    @classmethod
    def _known_secret(cls, secret: SecretStr) -> SecretStr:
        if secret.get_secret_value() and not is_standard_secret(secret.get_secret_value()):
            raise ValueError("should be whsec_ and a secret in base64")
        return secret

    @field_validator("variables", "transfers")
    @classmethod
    def _pairs(cls, text: str) -> str:
        if not all("=" in pair for pair in _pairs(text)):
            raise ValueError("should be NAME=VALUE pairs with commas between")
        return text

    @property
    def known(self) -> dict[str, str]:
        """The script variables that every call has unless it brings its own."""
        return _named(self.variables)

    @property
    def destinations(self) -> dict[str, str]:
        """What each name that scripts transfer to stands for."""
        return _named(self.transfers)

    @property
    def calls(self) -> Path:
        return self.data / "calls"


def _pairs(text: str) -> list[str]:
    return [pair for pair in text.split(",") if pair.strip()]


def _named(text: str) -> dict[str, str]:
    return {name.strip(): value.strip() for name, _, value in (pair.partition("=") for pair in _pairs(text))}


def written(value: object) -> str:
    """A value as a file of settings has it; empty where there is none."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def load(file: Path | None = None, **given: object) -> Settings:
    """The settings of this process. Raises `SettingsError`."""
    file = file or (Path(os.environ[PREFIX + "CONFIG"]) if os.environ.get(PREFIX + "CONFIG") else None)
    values = {**(_read(file) if file else {}), **_from(os.environ, "the environment"), **given}
    try:
        return Settings.model_validate(values)
    except ValidationError as problem:
        wrong = [f"{PREFIX}{str(each['loc'][0]).upper()}: {_plain(each['msg'])}" for each in problem.errors()]
        raise SettingsError("\n".join(wrong)) from None


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ").removeprefix("Input ")


def _read(file: Path) -> dict[str, str]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise SettingsError(f"{file} is not UTF-8 text") from None
    except OSError as problem:
        raise SettingsError(f"cannot read {file}: {refusal(problem)}") from None
    values: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals:
            raise SettingsError(f"{file}:{number}: not a setting (write NAME=value)")
        values[name.strip()] = value.strip().strip("\"'")
    return _from(values, str(file))


def _from(values: Mapping[str, str], where: str) -> dict[str, str]:
    """The settings among these variables, by their plain names."""
    found: dict[str, str] = {}
    for name, value in values.items():
        plain = name.removeprefix(PREFIX).lower()
        if not name.startswith(PREFIX) or plain == "config":
            continue
        if plain not in Settings.model_fields:
            near = nearest(plain, Settings.model_fields)
            hint = f"; did you mean {PREFIX}{near.upper()}?" if near else ""
            raise SettingsError(f"no setting {name} (in {where}){hint}")
        found[plain] = value
    return found
