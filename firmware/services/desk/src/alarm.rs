use clock::WallTime;
use identity::{AlarmId, SpanId};
use serde::{Deserialize, Serialize};

/// Something wrong with a line, or with a part of the box, from its beginning to its end.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AlarmView {
    pub id: AlarmId,
    pub kind: AlarmKind,
    /// [`BOX`]: no line, but a part of the box.
    pub span: SpanId,
    /// None: the whole span. Of the box's recordings: the volume, counted from 1.
    pub slot: Option<u8>,
    pub began: WallTime,
    /// None: it stands.
    pub ended: Option<WallTime>,
}

/// What stands in an alarm of no line: spans are counted from 1.
pub const BOX: SpanId = SpanId(0);

/// What is wrong.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlarmKind {
    /// The span's card is not there, or its driver does not answer.
    CardFailed,
    /// Loss of signal (G.775).
    Los,
    /// Loss of frame alignment (G.706).
    Lfa,
    /// Alarm indication signal: all ones (G.775).
    Ais,
    /// Remote alarm indication (G.704).
    Rai,
    /// The line is good, and nobody answers its signalling.
    SignallingDown,
    /// The far end does not answer that a circuit is to be restarted.
    RestartUnanswered,
    /// A line to an exchange has no feed.
    NoFeed,
    /// Its ringing does not stop.
    RingsOn,
    /// Seized, it gives no dial tone.
    NoDialTone,
    /// A telephone at a port is off hook, and nobody uses it.
    LeftOffHook,
    /// The audit found a circuit seized that no call has, or a call whose circuit knows nothing of it, and cleared it. It begins and
    /// ends at once.
    CircuitHealed,
    /// A volume of recordings has no room, or its quota is used up.
    RecordingsFull,
    /// A volume of recordings refuses what is written.
    RecordingsFailing,
    /// A volume of recordings takes seconds for what should take milliseconds.
    RecordingsSlow,
}

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Somebody should know.
    Notice,
    /// A circuit does not serve.
    Minor,
    /// A span does not serve.
    Critical,
}

impl AlarmKind {
    pub const ALL: [AlarmKind; 15] = [
        AlarmKind::CardFailed,
        AlarmKind::Los,
        AlarmKind::Lfa,
        AlarmKind::Ais,
        AlarmKind::Rai,
        AlarmKind::SignallingDown,
        AlarmKind::RestartUnanswered,
        AlarmKind::NoFeed,
        AlarmKind::RingsOn,
        AlarmKind::NoDialTone,
        AlarmKind::LeftOffHook,
        AlarmKind::CircuitHealed,
        AlarmKind::RecordingsFull,
        AlarmKind::RecordingsFailing,
        AlarmKind::RecordingsSlow,
    ];

    pub const fn severity(self) -> Severity {
        match self {
            AlarmKind::CardFailed
            | AlarmKind::Los
            | AlarmKind::Lfa
            | AlarmKind::Ais
            | AlarmKind::Rai
            | AlarmKind::SignallingDown
            | AlarmKind::RecordingsFull
            | AlarmKind::RecordingsFailing => Severity::Critical,
            AlarmKind::RestartUnanswered
            | AlarmKind::NoFeed
            | AlarmKind::RingsOn
            | AlarmKind::NoDialTone
            | AlarmKind::RecordingsSlow => Severity::Minor,
            AlarmKind::LeftOffHook | AlarmKind::CircuitHealed => Severity::Notice,
        }
    }

    /// As a table and a command line write it.
    pub const fn name(self) -> &'static str {
        match self {
            AlarmKind::CardFailed => "card_failed",
            AlarmKind::Los => "los",
            AlarmKind::Lfa => "lfa",
            AlarmKind::Ais => "ais",
            AlarmKind::Rai => "rai",
            AlarmKind::SignallingDown => "signalling_down",
            AlarmKind::RestartUnanswered => "restart_unanswered",
            AlarmKind::NoFeed => "no_feed",
            AlarmKind::RingsOn => "rings_on",
            AlarmKind::NoDialTone => "no_dial_tone",
            AlarmKind::LeftOffHook => "left_off_hook",
            AlarmKind::CircuitHealed => "circuit_healed",
            AlarmKind::RecordingsFull => "recordings_full",
            AlarmKind::RecordingsFailing => "recordings_failing",
            AlarmKind::RecordingsSlow => "recordings_slow",
        }
    }

    pub fn from_name(name: &str) -> Option<AlarmKind> {
        AlarmKind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What it is, in the console's first and second language.
    pub const fn title(self) -> [&'static str; 2] {
        match self {
            AlarmKind::CardFailed => ["板卡故障", "Line card failed"],
            AlarmKind::Los => ["信号丢失(LOS)", "Loss of signal (LOS)"],
            AlarmKind::Lfa => ["帧失步(LFA)", "Loss of frame alignment (LFA)"],
            AlarmKind::Ais => ["告警指示(AIS)", "Alarm indication signal (AIS)"],
            AlarmKind::Rai => ["对端告警(RAI)", "Remote alarm (RAI)"],
            AlarmKind::SignallingDown => ["信令中断", "Signalling down"],
            AlarmKind::RestartUnanswered => ["电路复位无应答", "Circuit restart unanswered"],
            AlarmKind::NoFeed => ["外线无馈电", "Line without battery"],
            AlarmKind::RingsOn => ["外线振铃不停", "Ringing does not stop"],
            AlarmKind::NoDialTone => ["外线无拨号音", "No dial tone"],
            AlarmKind::LeftOffHook => ["话机未挂好", "Telephone left off hook"],
            AlarmKind::CircuitHealed => ["电路占死已清除", "Stuck circuit cleared"],
            AlarmKind::RecordingsFull => ["录音空间已满", "No room for recordings"],
            AlarmKind::RecordingsFailing => ["录音磁盘故障", "Recordings' disk fails"],
            AlarmKind::RecordingsSlow => ["录音磁盘过慢", "Recordings' disk is slow"],
        }
    }

    /// What to do about it.
    pub const fn advice(self) -> [&'static str; 2] {
        match self {
            AlarmKind::CardFailed => [
                "找不到这条线路的板卡,或其驱动不应答。检查板卡是否插好、DAHDI 驱动是否加载,确认没有其他程序占用该线路;系统每 5 秒自动重试,恢复后告警自行结束。",
                "The card of this span is not there, or its driver does not answer. Check that the card sits in its slot, that DAHDI's modules are loaded, and that no other program has the span. It is tried again every 5 s; the alarm ends by itself.",
            ],
            AlarmKind::Los => [
                "没有收到信号。检查本端口的电缆和接头,收发是否接反;再让对端确认其端口已开通。把电缆在配线架环回:告警消失说明线路在外侧断开。",
                "No signal arrives. Check this connector's cable and whether transmit and receive are swapped; ask the far end whether its port is on. Loop the cable at the distribution frame: if the alarm ends, the break is beyond it.",
            ],
            AlarmKind::Lfa => [
                "有信号但找不到帧。核对两端的帧格式(CRC-4)是否一致,时钟是否取自局方;误码多时检查接地和电缆长度。",
                "A signal arrives, but no frames. Compare frame format (CRC-4) at both ends, and whether the clock is taken from the carrier; with many errors check earthing and the cable's length.",
            ],
            AlarmKind::Ais => [
                "对端或中间传输设备送全 1:它的上游断了,或端口被关闭。请联系局方查传输,本端无需动作。",
                "The far end or a transmission system between sends all ones: it lost its own source, or its port is shut. Call the carrier about the transmission; there is nothing to do here.",
            ],
            AlarmKind::Rai => [
                "对端收不到我们的信号。检查本端口的发送方向(电缆、接头),再让对端查看其收信告警。",
                "The far end does not receive us. Check this connector's transmit direction (cable, connector), then ask the far end for its alarm.",
            ],
            AlarmKind::SignallingDown => [
                "线路正常,但对端不应答信令。核对信令方式、用户侧/网络侧和 D 信道时隙是否与局方数据一致;再请局方激活链路。",
                "The line is good, and the far end does not answer its signalling. Compare signalling, user or network side and the D-channel's timeslot with the carrier's data; then ask the carrier to activate the link.",
            ],
            AlarmKind::RestartUnanswered => [
                "对端不应答这条电路的复位。稍后会自动重试;也可在看板上再复位一次,或请局方复位同一时隙。",
                "The far end does not answer the restart of this circuit. It is tried again by itself; reset it on the board once more, or ask the carrier to reset the same timeslot.",
            ],
            AlarmKind::NoFeed => [
                "外线没有馈电:线断了、插头松了或局方停机。先检查本端口的插头和配线,再在配线架上把线换接普通话机试听;仍无拨号音请报修。恢复馈电后自动开放。",
                "The exchange feeds nothing into this line: it is cut, unplugged or switched off. Check this port's plug and wiring, then put an ordinary telephone on the line at the distribution frame; without dial tone there, report it to the carrier. The port serves again by itself when the feed is back.",
            ],
            AlarmKind::RingsOn => [
                "振铃电压一直不停,端口已暂停使用。检查线对是否与别的线相碰;拔下插头后告警应在一分钟内结束,否则检修本端口。",
                "Ringing voltage stays on this line without a pause; the port is not used. Check whether the pair touches another. With the plug pulled the alarm should end within a minute; if it does not, the port is broken.",
            ],
            AlarmKind::NoDialTone => [
                "摘机后听不到拨号音,每分钟自动再试。用普通话机试听这条外线;若它本来就没有拨号音(如接专线),请在端口设置里关闭“等待拨号音”。",
                "The line gave no dial tone when it was seized; it is tried again each minute. Listen to it with an ordinary telephone. If it never has dial tone (a private line), switch off waiting for dial tone in the port's settings.",
            ],
            AlarmKind::LeftOffHook => [
                "话机没有挂好,打不进电话,听筒里有催挂音。请旁边的人把话筒放好;无人时检查线对是否短路或进水。",
                "The telephone is off hook and takes no calls; its receiver howls. Have somebody put it down; if nobody is near, check the pair for a short circuit or water.",
            ],
            AlarmKind::CircuitHealed => [
                "系统发现这条电路被占用却没有对应的呼叫,已自动清除。若反复出现,请导出该时刻的信令跟踪并联系支持。",
                "The box found this circuit seized without a call of its own and cleared it. If it happens again and again, take the trace of that moment to support.",
            ],
            AlarmKind::RecordingsFull => [
                "这个录音卷没有空间或配额已用完,新的录音转到下一个卷;没有可用的卷时停止录音,通话照常。请缩短保存天数、提高配额、允许删除最旧的录音,或增加一个录音卷。",
                "This volume has no room for recordings, or their quota is used up. New ones go to the next volume; without one recording stops, and calls go on. Keep recordings for fewer days, raise the quota, let the oldest be deleted, or add a volume.",
            ],
            AlarmKind::RecordingsFailing => [
                "这个录音卷写入失败,正在进行的录音在此处中断,通话照常。请检查磁盘、阵列和挂载;恢复后一分钟内告警自行结束。",
                "This volume refuses what is written; recordings that ran on it end there, and calls go on. Check the disk, the array and the mount. The alarm ends by itself a minute after the last failure.",
            ],
            AlarmKind::RecordingsSlow => [
                "这个录音卷一次写入超过 3 秒:录音先留在内存(约十秒),再慢就会丢失并计数。请检查阵列是否在重建、是否有其他程序大量读写。",
                "A write to this volume takes more than three seconds. Recordings wait in memory for ten seconds; what does not fit is lost, and counted. Check whether the array rebuilds and who else uses the disk.",
            ],
        }
    }
}
