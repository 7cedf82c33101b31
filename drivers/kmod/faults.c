// SPDX-License-Identifier: GPL-2.0
/*
 * Faults, injected through /sys/devices/platform/fc_linecard:
 *
 *   e1-1, e1-2   los, ais          1 begins, 0 ends
 *                bit_errors        wrong bits in a million
 *                slip              repeat, drop: one octet of each timeslot
 *   lines        cut, crossed, ring    a port's number begins, its negative ends
 *                state             what each pair's wires are at
 */
#include "linecard.h"

struct fault_attribute {
	struct device_attribute attribute;
	struct fc_e1 *e1;
};

static struct fc_e1 *e1_of(struct device_attribute *attribute)
{
	return container_of(attribute, struct fault_attribute, attribute)->e1;
}

static ssize_t los_show(struct device *device, struct device_attribute *attribute, char *text)
{
	return sysfs_emit(text, "%d\n", e1_of(attribute)->fault.los);
}

static ssize_t los_store(struct device *device, struct device_attribute *attribute, const char *text, size_t count)
{
	int res = kstrtobool(text, &e1_of(attribute)->fault.los);

	return res ? res : count;
}

static ssize_t ais_show(struct device *device, struct device_attribute *attribute, char *text)
{
	return sysfs_emit(text, "%d\n", e1_of(attribute)->fault.ais);
}

static ssize_t ais_store(struct device *device, struct device_attribute *attribute, const char *text, size_t count)
{
	int res = kstrtobool(text, &e1_of(attribute)->fault.ais);

	return res ? res : count;
}

static ssize_t bit_errors_show(struct device *device, struct device_attribute *attribute, char *text)
{
	return sysfs_emit(text, "%u\n", e1_of(attribute)->fault.bit_errors);
}

static ssize_t bit_errors_store(struct device *device, struct device_attribute *attribute, const char *text,
				size_t count)
{
	unsigned int rate;
	int res = kstrtouint(text, 0, &rate);

	if (res)
		return res;
	if (rate > 1000000)
		return -ERANGE;
	e1_of(attribute)->fault.bit_errors = rate;
	return count;
}

static ssize_t slip_store(struct device *device, struct device_attribute *attribute, const char *text, size_t count)
{
	unsigned long flags;
	int res;

	if (!sysfs_streq(text, "repeat") && !sysfs_streq(text, "drop"))
		return -EINVAL;
	spin_lock_irqsave(&fc_card.lock, flags);
	res = fc_e1_slip(e1_of(attribute), sysfs_streq(text, "repeat"));
	spin_unlock_irqrestore(&fc_card.lock, flags);
	return res ? res : count;
}

#define E1_ATTRIBUTES(n)								\
static struct fault_attribute e1_##n##_los = { __ATTR_RW(los), &fc_card.e1[n - 1] };	\
static struct fault_attribute e1_##n##_ais = { __ATTR_RW(ais), &fc_card.e1[n - 1] };	\
static struct fault_attribute e1_##n##_bit_errors = { __ATTR_RW(bit_errors), &fc_card.e1[n - 1] }; \
static struct fault_attribute e1_##n##_slip = { __ATTR_WO(slip), &fc_card.e1[n - 1] };	\
static struct attribute *e1_##n##_attributes[] = {					\
	&e1_##n##_los.attribute.attr,							\
	&e1_##n##_ais.attribute.attr,							\
	&e1_##n##_bit_errors.attribute.attr,						\
	&e1_##n##_slip.attribute.attr,							\
	NULL,										\
};											\
static const struct attribute_group e1_##n##_group = {					\
	.name = "e1-" #n,								\
	.attrs = e1_##n##_attributes,							\
}

E1_ATTRIBUTES(1);
E1_ATTRIBUTES(2);

static ssize_t set_line(const char *text, size_t count, size_t fault)
{
	int port;
	int res = kstrtoint(text, 0, &port);

	if (res)
		return res;
	if (!port || abs(port) > fc_card.analog.ports)
		return -ERANGE;
	*(bool *)((u8 *)&fc_card.analog.line[abs(port) - 1] + fault) = port > 0;
	return count;
}

static ssize_t cut_store(struct device *device, struct device_attribute *attribute, const char *text, size_t count)
{
	return set_line(text, count, offsetof(struct fc_line, fault_cut));
}
static DEVICE_ATTR_WO(cut);

static ssize_t crossed_store(struct device *device, struct device_attribute *attribute, const char *text,
			     size_t count)
{
	return set_line(text, count, offsetof(struct fc_line, fault_crossed));
}
static DEVICE_ATTR_WO(crossed);

static ssize_t ring_store(struct device *device, struct device_attribute *attribute, const char *text, size_t count)
{
	return set_line(text, count, offsetof(struct fc_line, fault_ring));
}
static DEVICE_ATTR_WO(ring);

static ssize_t state_show(struct device *device, struct device_attribute *attribute, char *text)
{
	return fc_analog_show(text);
}
static DEVICE_ATTR_RO(state);

static struct attribute *line_attributes[] = {
	&dev_attr_cut.attr,
	&dev_attr_crossed.attr,
	&dev_attr_ring.attr,
	&dev_attr_state.attr,
	NULL,
};

static const struct attribute_group line_group = {
	.name = "lines",
	.attrs = line_attributes,
};

const struct attribute_group *fc_fault_groups[] = {
	&e1_1_group,
	&e1_2_group,
	&line_group,
	NULL,
};
