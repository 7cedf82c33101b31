use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use desk::Refusal;
use serde_json::json;
use settings::Problem;
use store::StoreError;

/// What a client is told when something does not work: a code for programs, words for people that say what to do.
#[derive(Debug)]
pub struct ApiError {
    pub status: StatusCode,
    pub code: String,
    pub zh: String,
    pub en: String,
    pub problems: Vec<Problem>,
    /// What the exchange said, if it was the exchange.
    pub refusal: Option<Refusal>,
}

impl ApiError {
    pub fn new(status: StatusCode, code: &str, zh: &str, en: &str) -> ApiError {
        ApiError { status, code: code.into(), zh: zh.into(), en: en.into(), problems: Vec::new(), refusal: None }
    }

    pub fn bad_request(zh: &str, en: &str) -> ApiError {
        ApiError::new(StatusCode::BAD_REQUEST, "bad_request", zh, en)
    }

    pub fn not_logged_in() -> ApiError {
        ApiError::new(StatusCode::UNAUTHORIZED, "not_logged_in", "请先登录", "Log in first")
    }

    pub fn forbidden() -> ApiError {
        let (zh, en) = ("您没有此权限，请联系管理员", "You may not do this; ask an administrator");
        ApiError::new(StatusCode::FORBIDDEN, "not_allowed", zh, en)
    }

    pub fn password_first() -> ApiError {
        let (zh, en) = ("请先修改由管理员设置的密码", "Change the password that was set for you first");
        ApiError::new(StatusCode::FORBIDDEN, "change_password", zh, en)
    }

    pub fn not_found() -> ApiError {
        let (zh, en) = ("没有找到，可能已被删除", "Not found; it may have been deleted");
        ApiError::new(StatusCode::NOT_FOUND, "not_found", zh, en)
    }

    pub fn not_the_last() -> ApiError {
        let (zh, en) = ("只能修改自己最近一通电话的备注", "Only the note of your last call can be changed");
        ApiError::new(StatusCode::CONFLICT, "not_the_last", zh, en)
    }

    pub fn congested() -> ApiError {
        let (zh, en) = ("系统繁忙，请稍后再试", "Too busy; try again in a moment");
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "congested", zh, en)
    }

    /// Our fault or the machine's; the details are in the log, not for the client.
    pub fn recording_kept() -> ApiError {
        let (zh, en) = (
            "录音正在进行或被依法保留，不能删除",
            "The recording is in progress or under a legal hold; it is not deleted",
        );
        ApiError::new(StatusCode::CONFLICT, "recording_kept", zh, en)
    }

    pub fn no_such_format() -> ApiError {
        let zh = "无法转换为此格式：录音超过六小时，或本机没有安装 lame（MP3）";
        let en = "Not to be had in this format: the recording is longer than six hours, or lame (for MP3) is not installed here";
        ApiError::new(StatusCode::NOT_IMPLEMENTED, "no_such_format", zh, en)
    }

    pub fn recording_in_progress() -> ApiError {
        let (zh, en) = (
            "通话尚在进行，录音在通话结束后即可播放",
            "The call goes on; its recording can be played once it has ended",
        );
        ApiError::new(StatusCode::CONFLICT, "recording_in_progress", zh, en)
    }

    pub fn internal(problem: impl std::fmt::Display) -> ApiError {
        tracing::error!(%problem, "request failed");
        let (zh, en) = ("系统内部错误，请查看系统日志", "Internal error; see the system log");
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", zh, en)
    }

    pub fn settings_refused(problems: Vec<Problem>) -> ApiError {
        let (zh, en) = ("设置有误，请按提示修改", "The settings have problems; mend them as told");
        ApiError { problems, ..ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "problems", zh, en) }
    }

    pub fn outdated(newest: u32) -> ApiError {
        let zh = format!("他人已修改设置（当前版本 {newest}），请重新载入后再应用");
        let en = format!("Somebody else changed the settings (now version {newest}); reload, then apply again");
        ApiError { zh, en, ..ApiError::new(StatusCode::CONFLICT, "outdated", "", "") }
    }
}

impl From<StoreError> for ApiError {
    fn from(problem: StoreError) -> ApiError {
        match problem {
            StoreError::Conflict { newest } => ApiError::outdated(newest),
            StoreError::Busy => ApiError::congested(),
            StoreError::Database(_) | StoreError::Unreadable(_) => ApiError::internal(problem),
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> ApiError {
        let (zh, en) = words(refusal);
        let code = serde_json::to_value(refusal).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
        ApiError { refusal: Some(refusal), ..ApiError::new(StatusCode::CONFLICT, &code, zh, en) }
    }
}

const fn words(refusal: Refusal) -> (&'static str, &'static str) {
    match refusal {
        Refusal::NotSignedIn => ("请先签入", "Sign in first"),
        Refusal::AlreadySignedIn => ("您已签入，请先签出", "Already signed in; sign out first"),
        Refusal::ExtensionInUse => {
            ("此分机已有人签入，请换一个分机", "Somebody is signed in at this extension; choose another")
        }
        Refusal::ExtensionUnknown => ("没有此分机，请核对号码", "No such extension; check the number"),
        Refusal::ExtensionUnreachable => {
            ("此分机的话机未注册，请检查话机", "No phone is registered there; check the phone")
        }
        Refusal::NoSuchAgent => ("没有此坐席员", "No such agent"),
        Refusal::NoSuchCall => ("通话已结束", "The call is over"),
        Refusal::NoSuchCircuit => ("没有此电路", "No such circuit"),
        Refusal::NoSuchRoom => ("没有此会议室", "No such room"),
        Refusal::RoomFull => ("会议室人数已满", "The room is full"),
        Refusal::NoSuchSpan => ("没有此中继线", "No such span"),
        Refusal::NotNow => ("当前状态下不能进行此操作", "Not possible in the present state"),
        Refusal::NotAllowed => ("您没有此权限，请联系管理员", "You may not do this; ask an administrator"),
        Refusal::BadNumber => ("号码有误，请核对", "Not a number that can be dialled; check it"),
        Refusal::NotBlocked => {
            ("请先闭塞这条电路，等通话结束后再测试", "Block the circuit first, and wait until its call is over")
        }
        Refusal::NoParkSlot => ("没有可用的驻留位，或该位无人驻留", "No park slot is free, or nobody is parked there"),
        Refusal::NoCircuit => ("没有空闲线路，请稍后再拨", "No line is free; dial again in a moment"),
        Refusal::NoteTooLong => ("备注不能超过 2000 个字符", "A note has at most 2,000 characters"),
        Refusal::CodeNeeded => ("请选择事后处理结果", "Choose a wrap-up code"),
        Refusal::Congested => ("系统繁忙，请稍后再试", "Too busy; try again in a moment"),
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut body = json!({ "error": self.code, "zh": self.zh, "en": self.en });
        if !self.problems.is_empty() {
            body["problems"] = json!(self.problems);
        }
        (self.status, Json(body)).into_response()
    }
}
