// SPDX-License-Identifier: GPL-2.0
/*
 * Pairs of wires: FXS port n feeds FXO port n.
 *
 * Audio passes while the loop is closed; from the exchange's end also for a
 * while that it asks for, between rings: that is where caller ID goes.
 */
#include <linux/uaccess.h>

#include "linecard.h"

#define SILENCE		0xd5
/* Feed that is gone for longer than a cut at the end of a call is an alarm. */
#define UNFED_ALARM	1000
#define FEED_VOLTS	48

static struct fc_line *line_of(struct dahdi_chan *chan)
{
	return &fc_card.analog.line[chan->chanpos - 1];
}

static bool fed(const struct fc_line *line)
{
	return line->station != DAHDI_TXSIG_KEWL && !line->fault_cut;
}

static bool closed(const struct fc_line *line)
{
	return line->terminal != DAHDI_TXSIG_ONHOOK && !line->fault_cut;
}

/* A closed loop trips the ring. */
static bool rings(const struct fc_line *line)
{
	if (line->fault_ring)
		return true;
	return line->station == DAHDI_TXSIG_START && fed(line) && !closed(line);
}

static bool reversed(const struct fc_line *line)
{
	return line->reversed != line->fault_crossed;
}

static int fxs_hooksig(struct dahdi_chan *chan, enum dahdi_txsig txsig)
{
	line_of(chan)->station = txsig;
	return 0;
}

static int fxo_hooksig(struct dahdi_chan *chan, enum dahdi_txsig txsig)
{
	line_of(chan)->terminal = txsig;
	return 0;
}

static int fxs_ioctl(struct dahdi_chan *chan, unsigned int cmd, unsigned long data)
{
	struct fc_line *line = line_of(chan);
	unsigned long flags;
	int value;

	switch (cmd) {
	case DAHDI_SETPOLARITY:
	case DAHDI_ONHOOKTRANSFER:
	case DAHDI_VMWI:
		break;
	default:
		return -ENOTTY;
	}
	if (get_user(value, (int __user *)data))
		return -EFAULT;
	spin_lock_irqsave(&fc_card.lock, flags);
	if (cmd == DAHDI_SETPOLARITY)
		line->reversed = !!value;
	else if (cmd == DAHDI_ONHOOKTRANSFER)
		line->on_hook_transfer = value;
	else
		line->messages = value;
	spin_unlock_irqrestore(&fc_card.lock, flags);
	return 0;
}

static int analog_chanconfig(struct file *file, struct dahdi_chan *chan, int sigtype)
{
	return 0;
}

static int fxs_close(struct dahdi_chan *chan)
{
	struct fc_line *line = line_of(chan);

	line->reversed = false;
	line->on_hook_transfer = 0;
	return fc_close(chan);
}

static void tell_terminal(struct dahdi_chan *chan, struct fc_line *line)
{
	if (rings(line))
		dahdi_hooksig(chan, DAHDI_RXSIG_RING);
	else
		/* Feed is what a terminal takes for "off hook". */
		dahdi_hooksig(chan, fed(line) ? DAHDI_RXSIG_OFFHOOK : DAHDI_RXSIG_ONHOOK);
	if (reversed(line) != line->polarity_seen) {
		line->polarity_seen = reversed(line);
		dahdi_qevent_lock(chan, DAHDI_EVENT_POLARITY);
	}
	line->unfed = fed(line) ? 0 : min(line->unfed + 1, UNFED_ALARM + 1U);
	if (line->unfed > UNFED_ALARM)
		dahdi_alarm_channel(chan, DAHDI_ALARM_RED);
	else if (!line->unfed)
		dahdi_alarm_channel(chan, DAHDI_ALARM_NONE);
}

static void carry(struct dahdi_chan *to, const struct dahdi_chan *from, bool passes)
{
	if (passes)
		memcpy(to->readchunk, from->writechunk, DAHDI_CHUNKSIZE);
	else
		memset(to->readchunk, SILENCE, DAHDI_CHUNKSIZE);
}

static void tick_line(struct fc_analog *analog, int port)
{
	struct fc_line *line = &analog->line[port];
	struct dahdi_chan *fxs = &analog->fxs_channel[port];
	struct dahdi_chan *fxo = &analog->fxo_channel[port];
	const bool talk = fed(line) && closed(line);

	dahdi_hooksig(fxs, closed(line) ? DAHDI_RXSIG_OFFHOOK : DAHDI_RXSIG_ONHOOK);
	tell_terminal(fxo, line);
	carry(fxs, fxo, talk);
	carry(fxo, fxs, talk || (fed(line) && line->on_hook_transfer > 0 && !rings(line)));
	if (line->on_hook_transfer > 0)
		line->on_hook_transfer--;
}

void fc_analog_tick(void)
{
	struct fc_analog *analog = &fc_card.analog;
	int port;

	dahdi_transmit(&analog->fxs);
	dahdi_transmit(&analog->fxo);
	for (port = 0; port < analog->ports; port++)
		tick_line(analog, port);
	dahdi_ec_span(&analog->fxs);
	dahdi_ec_span(&analog->fxo);
	dahdi_receive(&analog->fxs);
	dahdi_receive(&analog->fxo);
}

ssize_t fc_analog_show(char *text)
{
	const struct fc_analog *analog = &fc_card.analog;
	ssize_t length = 0;
	int port;

	for (port = 0; port < analog->ports; port++) {
		const struct fc_line *line = &analog->line[port];
		const int volts = !fed(line) ? 0 : reversed(line) ? FEED_VOLTS : -FEED_VOLTS;

		length += sysfs_emit_at(text, length, "%d volts %d loop %s ring %d messages %u\n", port + 1, volts,
					closed(line) ? "closed" : "open", rings(line), line->messages);
	}
	return length;
}

static const struct dahdi_span_ops fxs_ops = {
	.owner = THIS_MODULE,
	.hooksig = fxs_hooksig,
	.chanconfig = analog_chanconfig,
	.ioctl = fxs_ioctl,
	.open = fc_open,
	.close = fxs_close,
};

static const struct dahdi_span_ops fxo_ops = {
	.owner = THIS_MODULE,
	.hooksig = fxo_hooksig,
	.chanconfig = analog_chanconfig,
	.open = fc_open,
	.close = fc_close,
};

static void init_span(struct dahdi_span *span, const char *kind, int ports)
{
	snprintf(span->name, sizeof(span->name), "FC/%s", kind);
	snprintf(span->desc, sizeof(span->desc), "fastcall software %s ports", kind);
	span->deflaw = DAHDI_LAW_ALAW;
	span->flags = DAHDI_FLAG_RBS;
	span->cannot_provide_timing = 1;
	span->channels = ports;
}

static void init_channel(struct dahdi_chan *chan, const char *kind, int port, int sigcap)
{
	snprintf(chan->name, sizeof(chan->name), "FC/%s/%d", kind, port + 1);
	chan->sigcap = sigcap;
	chan->chanpos = port + 1;
}

void fc_analog_init(struct fc_analog *analog, int ports)
{
	int port;

	analog->ports = ports;
	init_span(&analog->fxs, "FXS", ports);
	analog->fxs.spantype = SPANTYPE_ANALOG_FXS;
	analog->fxs.chans = analog->fxs_channels;
	analog->fxs.ops = &fxs_ops;
	init_span(&analog->fxo, "FXO", ports);
	analog->fxo.spantype = SPANTYPE_ANALOG_FXO;
	analog->fxo.chans = analog->fxo_channels;
	analog->fxo.ops = &fxo_ops;
	for (port = 0; port < ports; port++) {
		/* A port's signalling is named after what hangs on it. */
		init_channel(&analog->fxs_channel[port], "FXS", port,
			     DAHDI_SIG_FXOKS | DAHDI_SIG_FXOLS | DAHDI_SIG_FXOGS);
		init_channel(&analog->fxo_channel[port], "FXO", port, DAHDI_SIG_FXSKS | DAHDI_SIG_FXSLS);
		analog->fxs_channels[port] = &analog->fxs_channel[port];
		analog->fxo_channels[port] = &analog->fxo_channel[port];
	}
}
