"""The plant of a deployment: which devices it has, their shift, and the files in which they keep what is theirs."""

from dataclasses import dataclass
from pathlib import Path

from data import history, traffic
from data.plant import Asset, assets
from deploy.deployment import PROJECT, Deployment

SEED, DEVICES, HISTORY = 7, 12, 36_000
SECONDS, INTERVAL = 1200.0, 5.0


@dataclass(frozen=True)
class Plant:
    """Devices of a deployment.

    Attributes:
        prefix: of their names, so that two deployments of one account have different ones.
        count: how many.
        seed: of everything that is left to chance.
        files: where the devices of all deployments keep what is theirs.
    """

    prefix: str
    count: int = DEVICES
    seed: int = SEED
    files: Path = PROJECT / ".devices"

    @classmethod
    def of(cls, deployment: Deployment, count: int = DEVICES, seed: int = SEED) -> "Plant":
        """Returns the plant of a deployment."""
        return cls(deployment.name, count, seed)

    @property
    def devices(self) -> list[str]:
        """What the devices are called."""
        return [f"{self.prefix}-m{number:02}" for number in range(1, self.count + 1)]

    @property
    def folder(self) -> Path:
        """Where they keep keys, certificates and outboxes."""
        return self.files / self.prefix

    @property
    def assets(self) -> list[Asset]:
        """The asset table."""
        return assets(self.devices, self.seed)

    def history(self, readings: int = HISTORY) -> history.History:
        """Returns what was measured before."""
        return history.generate(self.devices, readings, self.seed)

    def next_shift(self) -> int:
        """Returns the number of a shift that nobody has played yet."""
        path = self.folder / "shifts"
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        number = int(path.read_text(encoding="utf-8")) + 1 if path.exists() else 0
        path.write_text(f"{number}\n", encoding="utf-8")
        return number

    def shift(
        self, seconds: float = SECONDS, interval: float = INTERVAL, plan: traffic.Plan | None = None
    ) -> tuple[list[traffic.Message], traffic.Ledger, dict[str, tuple[float, float]]]:
        """Returns the messages of the next shift, the ledger of them, and when which device has no line."""
        plan = plan or traffic.standard(self.count, seconds)
        number = self.next_shift()
        seed = self.seed + 1 + number
        found, ledger = traffic.messages(self.devices, seconds, interval, seed, plan, number)
        return found, ledger, {self.devices[place]: away for place, away in plan.cut_off.items()}
